/** @file Starts the page: host, stores, router, commands, app. */
import './zod-without-eval.ts'
import './theme/base.css'
import './theme/buttons.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { connectTransport } from './api/client.ts'
import App from './App.vue'
import { createAppCommands } from './commands/app-commands.ts'
import { createAuditCommands } from './commands/audit-commands.ts'
import { createBranchCommands } from './commands/branch-commands.ts'
import { createBreakpointCommands } from './commands/breakpoint-commands.ts'
import { withChosenKeys } from './commands/chosen-keys.ts'
import { meantWhere } from './commands/command.ts'
import { createCompareCommands } from './commands/compare-commands.ts'
import { createDebuggerCommands } from './commands/debugger-commands.ts'
import { createExperimentCommands } from './commands/experiment-commands.ts'
import { createLaneCommands } from './commands/lane-commands.ts'
import { createLatentCommands } from './commands/latent-commands.ts'
import { createModelCommands } from './commands/model-commands.ts'
import { createProfileCommands } from './commands/profile-commands.ts'
import { provideCommands } from './commands/registry.ts'
import { createResultCommands } from './commands/result-commands.ts'
import { createRunCommands } from './commands/run-commands.ts'
import { createSweepCommands } from './commands/sweep-commands.ts'
import { createTrainingCommands } from './commands/training-commands.ts'
import { createTransferCommands } from './commands/transfer-commands.ts'
import { createTriggerCommands } from './commands/trigger-commands.ts'
import { createWindowCommands } from './commands/window-commands.ts'
import { useTheme } from './composables/use-theme.ts'
import { createAppRouter } from './router.ts'
import { useAboutStore } from './stores/about.ts'
import { useBranchesStore } from './stores/branches.ts'
import { useBreakpointsStore } from './stores/breakpoints.ts'
import { useChangeStore } from './stores/change.ts'
import { useComparisonRunsStore } from './stores/comparison-runs.ts'
import { useComparisonStore } from './stores/comparison.ts'
import { useDraftStore } from './stores/draft.ts'
import { useEngineStore } from './stores/engine.ts'
import { useEvaluationsStore } from './stores/evaluations.ts'
import { useExperimentDraftStore } from './stores/experiment-draft.ts'
import { useGateAuditStore } from './stores/gate-audit.ts'
import { createHost, provideHost } from './stores/host.ts'
import { useImportedCurvesStore } from './stores/imported-curves.ts'
import { useKeysStore } from './stores/keys.ts'
import { useLaneTraceStore } from './stores/lane-trace.ts'
import { useLatentsStore } from './stores/latents.ts'
import { useLanesStore } from './stores/lanes.ts'
import { useLayoutStore } from './stores/layout.ts'
import { useModelsStore } from './stores/models.ts'
import { usePlacementsStore } from './stores/placements.ts'
import { useProfileStore } from './stores/profile.ts'
import { useResultsStore } from './stores/results.ts'
import { useRunListStore } from './stores/run-list.ts'
import { useSelectionStore } from './stores/selection.ts'
import { useSessionStore } from './stores/session.ts'
import { useSweepDraftStore } from './stores/sweep-draft.ts'
import { useSweepsStore } from './stores/sweeps.ts'
import { useTabsStore } from './stores/tabs.ts'
import { useTourStore } from './stores/tour.ts'
import { useTrainingDraftStore } from './stores/training-draft.ts'
import { useTrainingStore } from './stores/training.ts'
import { useTransferStore } from './stores/transfer.ts'
import { useTriggersStore } from './stores/triggers.ts'

const app = createApp(App)
const router = createAppRouter()
app.use(createPinia())
provideHost(app, createHost(connectTransport(window)))
app.runWithContext(() => {
  const stores = {
    branches: useBranchesStore(),
    change: useChangeStore(),
    comparison: useComparisonStore(),
    draft: useDraftStore(),
    engine: useEngineStore(),
    layout: useLayoutStore(),
    models: useModelsStore(),
    selection: useSelectionStore(),
    session: useSessionStore(),
    tabs: useTabsStore(),
  }
  const breakpoints = useBreakpointsStore()
  const trainingStores = { training: useTrainingStore(), trainingDraft: useTrainingDraftStore(), importedCurves: useImportedCurvesStore() }
  const laneStores = { lanes: useLanesStore(), laneTrace: useLaneTraceStore(), session: stores.session }
  const { palette, toggleTheme } = useTheme()
  const isDebugging = (): boolean => ['debugger', 'trace'].includes(String(router.currentRoute.value.name))
  const keys = useKeysStore()
  const commands = [
    ...meantWhere(isDebugging, [
      ...createDebuggerCommands(stores, breakpoints.run, router),
      ...createBreakpointCommands(stores, breakpoints),
      ...createBranchCommands(stores, router),
      ...createLaneCommands(laneStores, () => palette.value),
    ]),
    ...createWindowCommands(stores, router),
    ...createSweepCommands({ ...stores, sweeps: useSweepsStore(), sweepDraft: useSweepDraftStore() }, router),
    ...createAuditCommands(useGateAuditStore(), router),
    ...createExperimentCommands({ evaluations: useEvaluationsStore(), runList: useRunListStore(), experimentDraft: useExperimentDraftStore() }, router),
    ...createRunCommands({ evaluations: useEvaluationsStore(), runList: useRunListStore() }, router),
    ...createTransferCommands({ transfer: useTransferStore(), runList: useRunListStore() }, router),
    ...createCompareCommands({ ...stores, comparisonRuns: useComparisonRunsStore() }, router),
    ...createResultCommands({ ...stores, results: useResultsStore() }, router),
    ...createLatentCommands({ ...stores, latents: useLatentsStore() }, router),
    ...createModelCommands({ models: stores.models, placements: usePlacementsStore() }, router),
    ...createProfileCommands(useProfileStore(), router, () => palette.value),
    ...createTriggerCommands({ triggers: useTriggersStore(), experimentDraft: useExperimentDraftStore() }, router),
    ...createTrainingCommands(trainingStores, router),
    ...createAppCommands(router, { toggleTheme, beginTour: useTourStore().begin, showAbout: useAboutStore().show }),
  ]
  provideCommands(app, withChosenKeys(commands, () => keys.chosen))
})
app.use(router)
app.mount('#app')

/** @file The app's addresses. A trace has its own, so that it can be linked and reloaded. All views come at once: a view must open also while the host is away. */
import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import AuditView from './views/audit/AuditView.vue'
import CompareView from './views/compare/CompareView.vue'
import DebuggerView from './views/debugger/DebuggerView.vue'
import ExperimentView from './views/experiments/ExperimentView.vue'
import KeysView from './views/keys/KeysView.vue'
import LatentsView from './views/latents/LatentsView.vue'
import ModelsView from './views/models/ModelsView.vue'
import PaperView from './views/paper/PaperView.vue'
import ProfileView from './views/profile/ProfileView.vue'
import ResultsView from './views/results/ResultsView.vue'
import RunsView from './views/runs/RunsView.vue'
import SweepsView from './views/sweeps/SweepsView.vue'
import TracesView from './views/traces/TracesView.vue'
import TrainView from './views/train/TrainView.vue'
import TriggersView from './views/triggers/TriggersView.vue'

export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'debugger', component: DebuggerView },
      { path: '/traces', name: 'traces', component: TracesView },
      { path: '/traces/:traceId', name: 'trace', component: DebuggerView },
      { path: '/runs', name: 'runs', component: RunsView },
      { path: '/runs/:runId', name: 'run', component: ResultsView },
      { path: '/experiments/new', name: 'new-experiment', component: ExperimentView },
      { path: '/compare', name: 'compare', component: CompareView },
      { path: '/latents', name: 'latents', component: LatentsView },
      { path: '/triggers', name: 'triggers', component: TriggersView },
      { path: '/paper', name: 'paper', component: PaperView },
      { path: '/sweeps/new', name: 'new-sweep', component: SweepsView },
      { path: '/sweeps/:sweepId?', name: 'sweeps', component: SweepsView },
      { path: '/audit', name: 'audit', component: AuditView },
      { path: '/models/:modelId?', name: 'models', component: ModelsView },
      { path: '/keys', name: 'keys', component: KeysView },
      { path: '/profile', name: 'profile', component: ProfileView },
      { path: '/train/new', name: 'new-training', component: TrainView },
      { path: '/train/:runId?', name: 'train', component: TrainView },
      { path: '/:rest(.*)*', redirect: { name: 'debugger' } },
    ],
  })
}

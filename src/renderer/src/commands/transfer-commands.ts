/** @file Commands that export the selected runs and import others; they do not know buttons, nor how a file is written. */
import type { Router } from 'vue-router'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { ExportRequest } from '../../../shared/domain/transfer.ts'
import type { useRunListStore } from '../stores/run-list.ts'
import type { useTransferStore } from '../stores/transfer.ts'
import type { Command } from './command.ts'

export interface TransferStores {
  transfer: ReturnType<typeof useTransferStore>
  runList: ReturnType<typeof useRunListStore>
}

export interface RunExport {
  commandId: string
  label: string
  requestOf: (runIds: EvaluationRunId[]) => ExportRequest
}

/** In the order of the menu. */
export const runExports: readonly RunExport[] = [
  { commandId: 'transfer.resultsParquet', label: 'Results as Parquet', requestOf: (runIds) => ({ what: 'results', runIds, format: 'parquet' }) },
  { commandId: 'transfer.resultsCsv', label: 'Results as CSV', requestOf: (runIds) => ({ what: 'results', runIds, format: 'csv' }) },
  { commandId: 'transfer.resultsJsonl', label: 'Results as JSON lines', requestOf: (runIds) => ({ what: 'results', runIds, format: 'jsonl' }) },
  { commandId: 'transfer.tokensParquet', label: 'Tokens as Parquet', requestOf: (runIds) => ({ what: 'steps', runIds, format: 'parquet' }) },
  { commandId: 'transfer.latents', label: 'Latents as safetensors', requestOf: (runIds) => ({ what: 'latents', runIds, format: 'safetensors' }) },
  { commandId: 'transfer.tensorboard', label: 'TensorBoard events', requestOf: (runIds) => ({ what: 'runs', runIds, format: 'tensorboard' }) },
  { commandId: 'transfer.bundle', label: 'Bundle for another workbench', requestOf: (runIds) => ({ what: 'bundle', runIds, format: 'bundle' }) },
]

export const transferCommandIds = { menu: 'transfer.menu', import: 'transfer.import' } as const

export function createTransferCommands({ transfer, runList }: TransferStores, router: Router): Command[] {
  const selectedIds = (): EvaluationRunId[] => (router.currentRoute.value.name === 'runs' ? runList.selectedRuns.map(({ id }) => id) : [])
  const hasSelection = (): boolean => selectedIds().length > 0

  function exporting({ commandId, label, requestOf }: RunExport): Command {
    return {
      id: commandId,
      title: `Export the selected runs: ${label}`,
      shortcut: null,
      isEnabled: () => hasSelection() && !transfer.exporting.isAsking,
      run: () => {
        // The menu says what was written, also to who came by the palette.
        runList.panel = 'export'
        return transfer.exportFile(requestOf(selectedIds()))
      },
    }
  }

  async function showImport(): Promise<void> {
    await router.push({ name: 'runs' })
    transfer.showImport()
  }

  return [
    { id: transferCommandIds.menu, title: 'Export the selected runs', shortcut: 'Shift+E', isEnabled: hasSelection, run: () => runList.togglePanel('export') },
    ...runExports.map(exporting),
    { id: transferCommandIds.import, title: 'Import runs from a file', shortcut: null, isEnabled: () => true, run: showImport },
  ]
}

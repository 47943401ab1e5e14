/** @file What leaves the log as files and what enters it from them, as the page sees it. It does not know which runs are selected, nor any bytes. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { ExportRequest, ExportResult, ImportResult } from '../../../shared/domain/transfer.ts'
import { createAsking } from './asking.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'

export const useTransferStore = defineStore('transfer', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const exporting = createAsking()
  const importing = createAsking()
  /** The latest file. */
  const written = shallowRef<ExportResult | null>(null)
  /** What the latest import brought. */
  const imported = shallowRef<ImportResult | null>(null)
  const isImportShown = ref(false)

  /** To a file of the host's choice, below its data folder. */
  async function exportFile(request: ExportRequest): Promise<void> {
    written.value = null
    await exporting.ask(async (signal) => {
      written.value = await client.transfer.export({ request, path: null }, { signal })
    })
  }

  /** `name` is for runs whose file does not say theirs. */
  async function importFile(path: string, name: string | null): Promise<void> {
    imported.value = null
    await importing.ask(async (signal) => {
      imported.value = await client.transfer.import({ path, kind: null, name }, { signal })
      await evaluations.read()
    })
  }

  function showImport(): void {
    imported.value = null
    importing.state.failure = null
    isImportShown.value = true
  }

  return { exporting: exporting.state, importing: importing.state, written, imported, isImportShown, exportFile, importFile, showImport }
})

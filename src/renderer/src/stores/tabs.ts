/** @file The open sessions, kept over reloads and restarts of the app. It does not know how one is shown. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import type { RunId } from '../../../shared/domain/identifiers.ts'
import { useSessionStore } from './session.ts'
import { neighbourOf, tabBeside, tabListSchema, tabOf, withTab, type SessionTab } from './tab-list.ts'

const serializer = {
  read(raw: string): readonly SessionTab[] {
    try {
      return tabListSchema.parse(JSON.parse(raw))
    } catch {
      // Of another version, or edited: the traces themselves are in the log.
      return []
    }
  },
  write: (tabs: readonly SessionTab[]): string => JSON.stringify(tabs),
}

export const useTabsStore = defineStore('tabs', () => {
  const session = useSessionStore()
  const tabs = useStorage<readonly SessionTab[]>('memgen.tabs', [], undefined, { serializer, shallow: true })
  const lastRunId = useStorage('memgen.lastRun', '')
  /** What was on screen last, for an app that starts again. */
  const last = computed(() => tabs.value.find(({ runId }) => runId === lastRunId.value) ?? tabs.value.at(-1) ?? null)
  const openRunId = computed(() => session.header?.runId ?? null)
  /** The run whose place the next new one takes: it is restarted. */
  let replacing: RunId | null = null

  watch(
    () => session.header?.id,
    () => {
      if (session.header !== null) tabs.value = withTab(tabs.value, tabOf(session.header), replacing)
      replacing = null
      if (session.header !== null) lastRunId.value = session.header.runId
    },
    { immediate: true },
  )

  function replaceOpen(): void {
    replacing = openRunId.value
  }

  /** The tab to show next where the open one was closed; null where nothing has to change or none is left. */
  function close(runId: RunId): SessionTab | null {
    const next = runId === openRunId.value ? neighbourOf(tabs.value, runId) : null
    tabs.value = tabs.value.filter((tab) => tab.runId !== runId)
    return next
  }

  function beside(by: number): SessionTab | null {
    return tabBeside(tabs.value, openRunId.value, by)
  }

  return { tabs, last, openRunId, replaceOpen, close, beside }
})

/** @file What lies behind a task while an experiment is written: files of a hub repository, columns of a table, first samples. It does not know the experiment. */
import { defineStore } from 'pinia'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { DatasetStamp, TaskRequest, TaskSample } from '../../../shared/domain/task.ts'
import { useHost } from './host.ts'

/** What was asked of the host: on its way, here, or refused. */
export type Answer<Value> = { kind: 'asked' } | { kind: 'answered'; value: Value } | { kind: 'failed'; failure: Failure }

export interface TableHead {
  columns: readonly string[]
  rows: readonly Readonly<Record<string, unknown>>[]
}

export interface CachedRevision {
  revision: string
  files: readonly string[]
}

export interface FirstSamples {
  dataset: DatasetStamp
  samples: readonly TaskSample[]
}

export type Download = { kind: 'running'; file: string | null; doneBytes: number; totalBytes: number | null } | { kind: 'done' } | { kind: 'failed'; failure: Failure }

const FIRST_SAMPLES = 5

export const useTaskDataStore = defineStore('task-data', () => {
  const { client } = useHost()
  /** By repository. */
  const cached = shallowRef<ReadonlyMap<string, Answer<readonly CachedRevision[]>>>(new Map())
  /** By path. */
  const tables = shallowRef<ReadonlyMap<string, Answer<TableHead>>>(new Map())
  /** By repository and revision, as `downloadKey` writes them. */
  const downloads = shallowRef<ReadonlyMap<string, Download>>(new Map())
  const firstSamples = shallowRef<Answer<FirstSamples> | null>(null)

  const running = new Map<string, AbortController>()
  let looking = new AbortController()
  onScopeDispose(() => {
    looking.abort()
    for (const abort of running.values()) abort.abort()
  })

  async function readCached(repo: string): Promise<void> {
    await answer(cached, repo, async () => (await client.tasks.cached({ repo })).revisions)
  }

  async function readTable(path: string): Promise<void> {
    await answer(tables, path, () => client.tasks.columns({ path }))
  }

  /** Goes on where it was stopped. */
  async function download(repo: string, revision: string): Promise<void> {
    const key = downloadKey(repo, revision)
    if (running.has(key)) return
    const abort = new AbortController()
    running.set(key, abort)
    set(downloads, key, { kind: 'running', file: null, doneBytes: 0, totalBytes: null })
    try {
      for await (const progress of await client.tasks.download({ repo, revision }, { signal: abort.signal })) set(downloads, key, { kind: 'running', ...progress })
      set(downloads, key, { kind: 'done' })
      await readCached(repo)
    } catch (error) {
      if (abort.signal.aborted) downloads.value = new Map([...downloads.value].filter(([other]) => other !== key))
      else set(downloads, key, { kind: 'failed', failure: describeFailure(error) })
    } finally {
      running.delete(key)
    }
  }

  function stopDownload(repo: string, revision: string): void {
    running.get(downloadKey(repo, revision))?.abort()
  }

  /** The first samples as they would be asked; only the latest question is answered. */
  async function look(task: TaskRequest): Promise<void> {
    looking.abort()
    looking = new AbortController()
    const { signal } = looking
    firstSamples.value = { kind: 'asked' }
    try {
      const value = await client.tasks.preview({ task, count: FIRST_SAMPLES }, { signal })
      if (!signal.aborted) firstSamples.value = { kind: 'answered', value }
    } catch (error) {
      if (!signal.aborted) firstSamples.value = { kind: 'failed', failure: describeFailure(error) }
    }
  }

  return { cached, tables, downloads, firstSamples, readCached, readTable, download, stopDownload, look }
})

export function downloadKey(repo: string, revision: string): string {
  return `${repo}@${revision}`
}

function set<Value>(map: ShallowRef<ReadonlyMap<string, Value>>, key: string, value: Value): void {
  map.value = new Map(map.value).set(key, value)
}

async function answer<Value>(map: ShallowRef<ReadonlyMap<string, Answer<Value>>>, key: string, ask: () => Promise<Value>): Promise<void> {
  set(map, key, { kind: 'asked' })
  try {
    set(map, key, { kind: 'answered', value: await ask() })
  } catch (error) {
    set(map, key, { kind: 'failed', failure: describeFailure(error) })
  }
}

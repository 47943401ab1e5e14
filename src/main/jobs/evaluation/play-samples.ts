/**
 * @file Samples generated, answered by their environment turn by turn, and judged while others are generated. It does not know what is
 * done with results, nor which task it plays.
 */
import type { LatentRecord } from '../../../shared/domain/compact-record.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { DonorSample } from '../../../shared/domain/donor.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { TaskSample } from '../../../shared/domain/task.ts'
import { drawsOfTurn } from '../../../shared/domain/trace.ts'
import type { Matrix } from '../../../shared/domain/weave.ts'
import type { CompletionSample } from '../../engine/protocol.ts'
import type { EngineHost } from '../../engine-host/index.ts'
import type { NewResult } from '../../log/index.ts'
import type { Environment, EnvironmentTools } from '../../tasks/index.ts'
import { createGate } from './concurrency-gate.ts'
import { Episode } from './episode.ts'

export interface PlayedRun {
  readonly engine: Pick<EngineHost, 'call'>
  /** Loaded. */
  readonly modelId: ModelId
  readonly config: RunConfig
  readonly environment: Environment
  readonly latents: LatentRecord
  readonly batchSize: number
  /** Whose latents the intervention `other` takes; empty for others. */
  readonly donors: readonly DonorSample[]
  /** [clusters, hidden], of the intervention `drop-cluster`; none for others. */
  readonly centroids?: Matrix
}

/** One generation of one sample that is wanted. */
export interface WantedResult {
  readonly sample: TaskSample
  readonly repeat: number
}

export interface PlaySamplesOptions {
  readonly signal: AbortSignal
  /** Hears of each result once, in no order. */
  readonly onResult: (result: NewResult) => void
}

/** Judging may start a process each (KodCode): the engine needs the other cores. */
const JUDGED_AT_A_TIME = 4

/** Samples of one call where there is a single turn: one message holds their prompts. */
const CALL_SAMPLES = 1024

/** A sample of several turns waits for the slowest of its chunk; so many rounds of rows keep the engine busy. */
const CHUNK_ROUNDS = 4

/**
 * Plays everything that is wanted. An environment that fails ends its sample with the reason; what ends the run is thrown.
 * @throws EngineCallError or EngineLostError of the engine, or the signal's reason
 */
export async function playSamples(run: PlayedRun, wanted: readonly WantedResult[], { signal, onResult }: PlaySamplesOptions): Promise<void> {
  const { environment } = run
  const gate = createGate(JUDGED_AT_A_TIME)
  const judge = (episode: Episode): Promise<void> =>
    gate(async () => {
      if (signal.aborted) return
      const result = await episode.judge(environment, signal)
      if (!signal.aborted) onResult(result)
    })
  const chunkSize = environment.maxTurns === 1 ? CALL_SAMPLES : run.batchSize * CHUNK_ROUNDS
  let judged: Promise<void>[] = []
  let judging: Promise<void>[] = []
  try {
    for (let start = 0; start < wanted.length; start += chunkSize) {
      const episodes = wanted.slice(start, start + chunkSize).map(({ sample, repeat }) => new Episode(sample, repeat, environment.set(sample)))
      await playEpisodes(run, episodes, { signal, onEnd: (episode) => judging.push(judge(episode)) })
      // Judging may fall behind by one chunk, not by the whole run.
      await Promise.all(judged)
      judged = judging
      judging = []
    }
  } finally {
    // What was generated before an engine was lost is worth its verdict.
    await Promise.all([...judged, ...judging])
  }
  signal.throwIfAborted()
}

async function playEpisodes(run: PlayedRun, episodes: readonly Episode[], { signal, onEnd }: { signal: AbortSignal; onEnd: (episode: Episode) => void }): Promise<void> {
  const tools: EnvironmentTools = {
    truncate: (text, maxTokens) => run.engine.call('truncate', { modelId: run.modelId, text, maxTokens }, { signal }),
    signal,
  }
  let open = episodes
  for (let turn = 0; open.length > 0; turn++) {
    const byDraws = new Map(open.map((episode) => [keyOf(drawsOfTurn({ sampleId: episode.sample.id, turn }), episode.repeat), episode]))
    const steps: Promise<void>[] = []
    const onCompletion = (completion: Completion): void => {
      const key = keyOf(completion.sampleId, completion.repeat)
      const episode = byDraws.get(key)
      if (episode === undefined) throw new Error(`internal: nobody waits for a completion of sample ${completion.sampleId}, repeat ${completion.repeat}`)
      byDraws.delete(key)
      steps.push(
        episode.take(completion, run.environment, tools).then(() => {
          if (episode.isOver && !signal.aborted) onEnd(episode)
        }),
      )
    }
    await completeTurn(run, [...byDraws.values()], turn, { signal, onCompletion })
    if (byDraws.size > 0) throw new Error(`internal: the engine left ${byDraws.size} samples without a completion`)
    await Promise.all(steps)
    signal.throwIfAborted()
    open = open.filter((episode) => !episode.isOver)
  }
}

async function completeTurn(
  { engine, modelId, config, latents, batchSize, donors, centroids }: PlayedRun,
  episodes: readonly Episode[],
  turn: number,
  options: { signal: AbortSignal; onCompletion: (completion: Completion) => void },
): Promise<void> {
  const samples = episodes.map(({ sample, repeat, prompt }): CompletionSample => ({ prompt, sampleId: drawsOfTurn({ sampleId: sample.id, turn }), repeat }))
  const request = { modelId, config, samples, batchSize, record: latents }
  const given = donors.map((donor): CompletionSample => ({ ...donor, repeat: 0 }))
  await engine.call('complete', { ...request, ...(given.length > 0 && { donors: given }), ...(centroids !== undefined && { centroids }) }, options)
}

function keyOf(sampleId: string, repeat: number): string {
  return JSON.stringify([sampleId, repeat])
}

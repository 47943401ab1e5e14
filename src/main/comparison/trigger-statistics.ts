/** @file Where memory was asked for and inserted over whole runs, counted (the paper's Fig. 4, 7 and 8). It does not know what inserting did. */
import { setImmediate } from 'node:timers/promises'
import type { AskedPlace } from '../../shared/domain/compact-record.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { RunTriggerStatistics, TriggerStatisticsEvent, TriggerStatisticsRequest } from '../../shared/domain/trigger-statistics.ts'
import type { EvaluationLog, PlacesOfTurn } from '../log/index.ts'
import { requireRuns } from './compare-runs.ts'
import { probabilityOf } from './invoke-probability.ts'

interface Counts {
  asked: number
  inserted: number
}

/** One generation of one sample, all turns together. */
interface CompletionCounts {
  readonly domain: string | null
  readonly reward: number | null
  insertions: number
}

/**
 * How far it is, page by page, then the counts. A position is relative to the tokens of its turn, since each turn is a generation of its
 * own; a completion is all turns of a result.
 * @throws EvaluationNotFoundError
 */
export async function* triggerStatistics(
  log: Pick<EvaluationLog, 'getRun' | 'placesOf'>,
  { runIds, positionBins, probabilityBins }: TriggerStatisticsRequest,
): AsyncGenerator<TriggerStatisticsEvent, void, undefined> {
  const totals = (await requireRuns(log, runIds)).map((run) => run.totals.done)
  const total = totals.reduce((sum, done) => sum + done, 0)
  const statistics: RunTriggerStatistics[] = []
  let countedBefore = 0
  for (const [index, runId] of runIds.entries()) {
    const tally = new TriggerTally(positionBins, probabilityBins)
    for await (const page of log.placesOf(runId)) {
      page.forEach((turn) => tally.add(turn))
      // A run that goes on has more results by now than it had.
      yield { kind: 'progress', fraction: Math.min(1, (countedBefore + tally.completionCount) / Math.max(1, total)) }
      await setImmediate()
    }
    countedBefore += totals[index] ?? 0
    statistics.push(tally.read(runId))
  }
  yield { kind: 'statistics', runs: statistics }
}

class TriggerTally {
  readonly #byPosition: Counts[]
  readonly #byProbability: Counts[]
  readonly #prompt = noCounts()
  readonly #byDelimiter = new Map<string | null, Counts>()
  readonly #placesByDomain = new Map<string | null, Counts>()
  readonly #completions = new Map<string, CompletionCounts>()

  constructor(positionBins: number, probabilityBins: number) {
    this.#byPosition = Array.from({ length: positionBins }, noCounts)
    this.#byProbability = Array.from({ length: probabilityBins }, noCounts)
  }

  get completionCount(): number {
    return this.#completions.size
  }

  add({ sampleId, repeat, domain, reward, tokenCount, asked }: PlacesOfTurn): void {
    const key = JSON.stringify([sampleId, repeat])
    const completion = this.#completions.get(key) ?? { domain, reward, insertions: 0 }
    this.#completions.set(key, completion)
    for (const place of asked) {
      const probability = probabilityOf(place)
      if (probability !== null) count(binOf(this.#byProbability, probability), place)
      if (place.stepIndex === 0) {
        count(this.#prompt, place)
        continue
      }
      count(binOf(this.#byPosition, place.stepIndex / tokenCount), place)
      count(entryOf(this.#byDelimiter, place.delimiter, noCounts), place)
      count(entryOf(this.#placesByDomain, domain, noCounts), place)
      if (place.decision === 1) completion.insertions++
    }
  }

  read(runId: EvaluationRunId): RunTriggerStatistics {
    const completions = [...this.#completions.values()]
    const byInsertions = [...Map.groupBy(completions, ({ insertions }) => insertions)].sort(([a], [b]) => a - b)
    return {
      runId,
      completionCount: completions.length,
      byPosition: this.#byPosition,
      prompt: this.#prompt,
      byDelimiter: [...this.#byDelimiter].map(([delimiter, counts]) => ({ delimiter, ...counts })).sort((a, b) => b.asked - a.asked),
      byDomain: [...Map.groupBy(completions, ({ domain }) => domain)].map(([domain, ofDomain]) => {
        const { judged, right } = countRight(ofDomain)
        return { domain, completionCount: ofDomain.length, accuracy: judged === 0 ? null : right / judged, ...(this.#placesByDomain.get(domain) ?? noCounts()) }
      }),
      byProbability: this.#byProbability,
      byInsertionCount: byInsertions.map(([insertions, group]) => ({ insertions, completions: group.length, ...countRight(group) })),
    }
  }
}

function noCounts(): Counts {
  return { asked: 0, inserted: 0 }
}

function count(counts: Counts | undefined, { decision }: AskedPlace): void {
  if (counts === undefined) return
  counts.asked++
  if (decision === 1) counts.inserted++
}

/** @param share from 0 to 1, which belongs to the last bin */
function binOf(bins: readonly Counts[], share: number): Counts | undefined {
  return bins[Math.min(bins.length - 1, Math.floor(share * bins.length))]
}

function entryOf<Key>(map: Map<Key, Counts>, key: Key, create: () => Counts): Counts {
  const counts = map.get(key) ?? create()
  map.set(key, counts)
  return counts
}

function countRight(completions: readonly CompletionCounts[]): { judged: number; right: number } {
  return { judged: completions.filter(({ reward }) => reward !== null).length, right: completions.filter(({ reward }) => reward !== null && reward >= 1).length }
}

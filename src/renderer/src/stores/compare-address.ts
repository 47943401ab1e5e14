/** @file What a comparison's address holds: runs, baseline and how its samples are looked at. It does not know the router. */
import { transitionCellSchema, type TransitionCell } from '../../../shared/domain/comparison.ts'
import { evaluationRunIdSchema, type EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'

export interface CompareAddress {
  /** In the order of the columns, each once. */
  readonly runIds: readonly EvaluationRunId[]
  /** One of `runIds`; null only where there is none. */
  readonly baselineId: EvaluationRunId | null
  /** The run that the baseline is set against in matrix, texts and lanes; null takes the first other one. */
  readonly againstId: EvaluationRunId | null
  readonly usesHumanVerdicts: boolean
  readonly page: 'summary' | 'samples'
  readonly cell: TransitionCell | null
  readonly onlyDifferent: boolean
  readonly search: string
}

type Query = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>

/** What makes no sense is left out. */
export function readCompareQuery(query: Query): CompareAddress {
  const runIds = [...new Set((textOf(query['runs']) ?? '').split(',').flatMap((id) => evaluationRunIdSchema.safeParse(id).data ?? []))]
  const named = (key: string): EvaluationRunId | null => runIds.find((id) => id === textOf(query[key])) ?? null
  const baselineId = named('baseline') ?? runIds[0] ?? null
  const againstId = named('against')
  return {
    runIds,
    baselineId,
    againstId: againstId === baselineId ? null : againstId,
    usesHumanVerdicts: textOf(query['human']) === '1',
    page: textOf(query['page']) === 'samples' ? 'samples' : 'summary',
    cell: transitionCellSchema.safeParse(textOf(query['cell'])).data ?? null,
    onlyDifferent: textOf(query['different']) === '1',
    search: textOf(query['search']) ?? '',
  }
}

/** Without what is as it would be anyway. */
export function compareQuery({ runIds, baselineId, againstId, usesHumanVerdicts, page, cell, onlyDifferent, search }: CompareAddress): Record<string, string> {
  return Object.fromEntries(
    Object.entries({
      runs: runIds.length === 0 ? undefined : runIds.join(','),
      baseline: baselineId === null || baselineId === runIds[0] ? undefined : baselineId,
      against: againstId ?? undefined,
      human: usesHumanVerdicts ? '1' : undefined,
      page: page === 'samples' ? page : undefined,
      cell: cell ?? undefined,
      different: onlyDifferent ? '1' : undefined,
      search: search === '' ? undefined : search,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Of a key given twice the first counts. */
function textOf(value: Query[string]): string | null {
  const [first] = typeof value === 'string' || value == null ? [value] : value
  return first ?? null
}

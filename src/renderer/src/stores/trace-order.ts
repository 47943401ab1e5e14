/** @file The columns of the list of traces and its order by one of them. It does not know how a row looks, nor which traces there are beyond those given. */
import type { Finish, TraceHeader } from '../../../shared/domain/trace.ts'
import { compareValues } from './run-order.ts'

export type TraceColumnId = 'text' | 'model' | 'placement' | 'policy' | 'tokens' | 'insertions' | 'state' | 'made'

export interface TraceOrder {
  readonly column: TraceColumnId
  readonly isDescending: boolean
}

interface TraceColumn {
  readonly title: string
  readonly isNumeric: boolean
  /** What is sorted by; null where the trace has none. */
  readonly read: (trace: TraceHeader) => string | number | null
}

const finishWords: Readonly<Record<Finish, string>> = { eos: 'finished', length: 'token limit', stopped: 'stopped', error: 'error' }

export const traceColumns: Readonly<Record<TraceColumnId, TraceColumn>> = {
  text: { title: 'Text', isNumeric: false, read: promptWords },
  model: { title: 'Model', isNumeric: false, read: ({ modelName }) => modelName },
  placement: { title: 'Placement', isNumeric: false, read: ({ placement }) => (placement === null ? null : `${placement.device}, ${placement.precision}`) },
  policy: { title: 'Policy', isNumeric: false, read: ({ config }) => config.policy.kind },
  tokens: { title: 'Tokens', isNumeric: true, read: ({ stepCount }) => stepCount },
  insertions: { title: 'Insertions', isNumeric: true, read: ({ weaveCount }) => weaveCount },
  state: { title: 'State', isNumeric: false, read: stateWords },
  made: { title: 'Made', isNumeric: false, read: ({ createdAt }) => createdAt },
}

/** As the log lists them. */
export const newestFirst: TraceOrder = { column: 'made', isDescending: true }

/** What was asked: the text, or the conversation's last question. */
export function promptWords({ prompt }: TraceHeader): string {
  return prompt.kind === 'text' ? prompt.text : (prompt.messages.findLast(({ role }) => role === 'user')?.content ?? '')
}

export function stateWords({ finish }: TraceHeader): string {
  return finish === null ? 'open' : finishWords[finish]
}

/** The other direction of the same column; another column from its most, its newest or its first letter. */
export function orderBy(column: TraceColumnId, before: TraceOrder): TraceOrder {
  return { column, isDescending: before.column === column ? !before.isDescending : traceColumns[column].isNumeric || column === 'made' }
}

/** Traces without a value come last in either direction; equals keep the order they come in. */
export function sortTraces(traces: readonly TraceHeader[], { column, isDescending }: TraceOrder): readonly TraceHeader[] {
  const { read } = traceColumns[column]
  const direction = isDescending ? -1 : 1
  return traces.toSorted((first, second) => {
    const [a, b] = [read(first), read(second)]
    return a === null || b === null ? Number(a === null) - Number(b === null) : direction * compareValues(a, b)
  })
}

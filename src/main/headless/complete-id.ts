/** @file An id that was typed by its beginning, as it is in the log. It does not know what it is wanted for. */
import type { ExperimentLog, IdKind } from '../log/index.ts'
import { UsageError } from './usage-error.ts'

/**
 * The one id that begins so. What none begins with is returned as it is, for whoever looks it up to refuse.
 * @throws UsageError when several do
 */
export async function completeId(log: Pick<ExperimentLog, 'findIds'>, kind: IdKind, typed: string): Promise<string> {
  const found = typed === '' ? [] : await log.findIds(kind, typed)
  if (found.includes(typed)) return typed
  if (found.length > 1) throw new UsageError(`${typed}: expected the beginning of one ${kind}'s id, found ${found.join(', ')}`)
  return found[0] ?? typed
}

/** @file How likely the trigger found it to insert at a place it was asked about. It does not know what was decided. */
import type { AskedPlace } from '../../shared/domain/compact-record.ts'

/** softmax(triggerLogits)[1]; null where no trained trigger was asked. */
export function probabilityOf({ triggerLogits }: Pick<AskedPlace, 'triggerLogits'>): number | null {
  if (triggerLogits === null) return null
  const [skip, insert] = triggerLogits
  return 1 / (1 + Math.exp(skip - insert))
}

/** @file `--policy` as a memory policy. */
import { memoryPolicyKinds, memoryPolicySchema, type MemoryPolicy } from '../../shared/domain/memory-policy.ts'
import { UsageError } from './usage-error.ts'

export const policyHelp = 'vanilla, prompt-only, trigger, always, random:P (such as random:0.3) or schedule:STEPS (such as schedule:0,12,30)'

/** Raises UsageError. */
export function parsePolicy(text: string): MemoryPolicy {
  const [kind = '', ...rest] = text.split(':')
  const parsed = memoryPolicySchema.safeParse({ kind, ...readParameter(kind, rest.join(':')) })
  const hasParameter = kind === 'random' || kind === 'schedule'
  if (!parsed.success || (!hasParameter && rest.length > 0)) {
    const isKnown = (memoryPolicyKinds as readonly string[]).includes(kind)
    throw new UsageError(`--policy ${text}: ${isKnown ? 'its parameter is wrong' : 'unknown policy'}; expected ${policyHelp}`)
  }
  return parsed.data
}

function readParameter(kind: string, parameter: string): object {
  if (kind === 'random') return { probability: readNumber(parameter) }
  if (kind === 'schedule') return { steps: parameter.split(',').map(readNumber) }
  return {}
}

/** Number('') is 0, which nobody meant. */
function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** @file `--policy` as a memory policy, with what it does to the latents. */
import { latentInterventionKinds, latentInterventionSchema, type LatentIntervention } from '../../shared/domain/latent-intervention.ts'
import { memoryPolicyKinds, memoryPolicySchema, type MemoryPolicy } from '../../shared/domain/memory-policy.ts'
import { UsageError } from './usage-error.ts'

export const policyHelp = 'vanilla, prompt-only, trigger, always, random:P (such as random:0.3; random:P/Q inserts with Q before the first token), schedule:STEPS (such as schedule:0,12,30) or candidates:ORDINALS (such as candidates:0,2; 0 is the end of the prompt)'
export const interventionHelp =
  'zero, mean, scale:F, shuffle, random-norm, other (latents of another sample), or pause (the embedding of "."; pause:TEXT or pause:#ID for another token)'

export interface PolicyArgument {
  readonly policy: MemoryPolicy
  readonly intervention: LatentIntervention | null
}

/** `POLICY` or `POLICY+INTERVENTION`, such as `always+zero`. Raises UsageError. */
export function parsePolicy(text: string): PolicyArgument {
  const plus = text.indexOf('+')
  if (plus === -1) return { policy: readPolicy(text, text), intervention: null }
  const policy = readPolicy(text, text.slice(0, plus))
  if (policy.kind === 'vanilla') throw new UsageError(`--policy ${text}: vanilla has no latents to intervene on`)
  return { policy, intervention: readIntervention(text, text.slice(plus + 1)) }
}

function readPolicy(argument: string, text: string): MemoryPolicy {
  const { kind, parameter } = split(text)
  const parsed = memoryPolicySchema.safeParse({ kind, ...policyParameter(kind, parameter ?? '') })
  const hasParameter = kind === 'random' || kind === 'schedule' || kind === 'candidates'
  if (!parsed.success || (!hasParameter && parameter !== null)) {
    const isKnown = (memoryPolicyKinds as readonly string[]).includes(kind)
    throw new UsageError(`--policy ${argument}: ${isKnown ? 'its parameter is wrong' : 'unknown policy'}; expected ${policyHelp}`)
  }
  return parsed.data
}

function policyParameter(kind: string, parameter: string): object {
  if (kind === 'random') {
    const [later = '', prompt] = parameter.split('/')
    return { probability: readNumber(later), ...(prompt === undefined ? {} : { promptProbability: readNumber(prompt) }) }
  }
  if (kind === 'schedule') return { steps: parameter.split(',').map(readNumber) }
  if (kind === 'candidates') return { ordinals: parameter.split(',').map(readNumber) }
  return {}
}

function readIntervention(argument: string, text: string): LatentIntervention {
  const { kind, parameter } = split(text)
  const parsed = latentInterventionSchema.safeParse({ kind, ...interventionParameter(kind, parameter) })
  const hasParameter = kind === 'scale' || kind === 'pause'
  if (!parsed.success || (!hasParameter && parameter !== null)) {
    const isKnown = (latentInterventionKinds as readonly string[]).includes(kind)
    throw new UsageError(`--policy ${argument}: ${isKnown ? `the parameter of ${kind} is wrong` : 'unknown intervention'}; expected ${interventionHelp} after the +`)
  }
  return parsed.data
}

function interventionParameter(kind: string, parameter: string | null): object {
  if (kind === 'scale') return { factor: readNumber(parameter ?? '') }
  if (kind !== 'pause' || parameter === null) return {}
  return { token: parameter.startsWith('#') ? readNumber(parameter.slice(1)) : parameter }
}

/** The parameter is what follows the first colon; null where there is none. */
function split(text: string): { kind: string; parameter: string | null } {
  const colon = text.indexOf(':')
  return colon === -1 ? { kind: text, parameter: null } : { kind: text.slice(0, colon), parameter: text.slice(colon + 1) }
}

/** Number('') is 0, which nobody meant. */
function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

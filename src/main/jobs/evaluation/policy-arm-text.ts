/** @file A policy with what is done to its latents, as one word such as `always+zero`. It does not know where the word was written. */
import { isDeepStrictEqual } from 'node:util'
import type { PolicyArm } from '../../../shared/domain/evaluation.ts'
import { latentInterventionKinds, latentInterventionSchema, type LatentIntervention } from '../../../shared/domain/latent-intervention.ts'
import { memoryPolicyKinds, memoryPolicySchema, type MemoryPolicy } from '../../../shared/domain/memory-policy.ts'

export const policyHelp = 'vanilla, prompt-only, trigger, always, random:P (such as random:0.3; random:P/Q inserts with Q before the first token), schedule:STEPS (such as schedule:0,12,30) or candidates:ORDINALS (such as candidates:0,2; 0 is the end of the prompt)'
export const interventionHelp =
  'zero, mean, scale:F, shuffle, random-norm, other (latents of another sample), pause (the embedding of "."; pause:TEXT or pause:#ID for another token), or drop-cluster:SET/CLUSTER (of a clustering in the latent lab; drop-cluster:SET/CLUSTER/K looks among the K nearest)'

/** The word is none; the message says which part and what was expected. */
export class PolicyArmError extends Error {
  override readonly name = 'PolicyArmError'

  constructor(text: string, problem: string) {
    super(`${text}: ${problem}`)
  }
}

/** `POLICY` or `POLICY+INTERVENTION`. Raises PolicyArmError. */
export function parsePolicyArm(text: string): PolicyArm {
  const plus = text.indexOf('+')
  if (plus === -1) return { policy: readPolicy(text, text), intervention: null }
  const policy = readPolicy(text, text.slice(0, plus))
  if (policy.kind === 'vanilla') throw new PolicyArmError(text, 'vanilla has no latents to intervene on')
  return { policy, intervention: readIntervention(text, text.slice(plus + 1)) }
}

/** The word for an arm, for people; `parsePolicyArm` reads all but unusual ones back (see {@link exactPolicyArm}). */
export function formatPolicyArm({ policy, intervention }: PolicyArm): string {
  return intervention === null ? formatPolicy(policy) : `${formatPolicy(policy)}+${formatIntervention(intervention)}`
}

/** The word for an arm, where it says all of it; null for such as a pause token whose text begins with `#`. */
export function exactPolicyArm(arm: PolicyArm): string | null {
  const text = formatPolicyArm(arm)
  try {
    return isDeepStrictEqual(parsePolicyArm(text), arm) ? text : null
  } catch (error) {
    if (error instanceof PolicyArmError) return null
    throw error
  }
}

function formatPolicy(policy: MemoryPolicy): string {
  switch (policy.kind) {
    case 'random':
      return `random:${policy.probability}${policy.promptProbability === undefined ? '' : `/${policy.promptProbability}`}`
    case 'schedule':
      return `schedule:${policy.steps.join(',')}`
    case 'candidates':
      return `candidates:${policy.ordinals.join(',')}`
    default:
      return policy.kind
  }
}

function formatIntervention(intervention: LatentIntervention): string {
  switch (intervention.kind) {
    case 'scale':
      return `scale:${intervention.factor}`
    case 'pause':
      return intervention.token === '.' ? 'pause' : `pause:${typeof intervention.token === 'number' ? '#' : ''}${intervention.token}`
    case 'drop-cluster': {
      const { clusterSetId, cluster, topK } = intervention
      return `drop-cluster:${clusterSetId}/${cluster}/${topK}`
    }
    default:
      return intervention.kind
  }
}

function readPolicy(argument: string, text: string): MemoryPolicy {
  const { kind, parameter } = split(text)
  const parsed = memoryPolicySchema.safeParse({ kind, ...policyParameter(kind, parameter ?? '') })
  const hasParameter = kind === 'random' || kind === 'schedule' || kind === 'candidates'
  if (!parsed.success || (!hasParameter && parameter !== null)) {
    const isKnown = (memoryPolicyKinds as readonly string[]).includes(kind)
    throw new PolicyArmError(argument, `${isKnown ? 'its parameter is wrong' : 'unknown policy'}; expected ${policyHelp}`)
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

const interventionsWithParameter: readonly string[] = ['scale', 'pause', 'drop-cluster'] satisfies readonly LatentIntervention['kind'][]

function readIntervention(argument: string, text: string): LatentIntervention {
  const { kind, parameter } = split(text)
  const parsed = latentInterventionSchema.safeParse({ kind, ...interventionParameter(kind, parameter) })
  if (!parsed.success || (!interventionsWithParameter.includes(kind) && parameter !== null)) {
    const isKnown = (latentInterventionKinds as readonly string[]).includes(kind)
    throw new PolicyArmError(argument, `${isKnown ? `the parameter of ${kind} is wrong` : 'unknown intervention'}; expected ${interventionHelp} after the +`)
  }
  return parsed.data
}

function interventionParameter(kind: string, parameter: string | null): object {
  if (kind === 'scale') return { factor: readNumber(parameter ?? '') }
  if (kind === 'drop-cluster') {
    const [clusterSetId = '', cluster = '', topK] = (parameter ?? '').split('/')
    return { clusterSetId, cluster: readNumber(cluster), ...(topK === undefined ? {} : { topK: readNumber(topK) }) }
  }
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

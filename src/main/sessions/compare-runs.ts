/** @file A recorded generation against a re-run of it: the first other choice, and how far their numbers lie apart. It runs nothing. */
import type { Certificate } from '../../shared/domain/certificate.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { Finish, Trace } from '../../shared/domain/trace.ts'
import type { Weave } from '../../shared/domain/weave.ts'
import type { RecordedStep } from '../log/index.ts'

/** What a certificate says, without where and when. */
export type RunComparison = Omit<Certificate, 'device' | 'createdAt'>

export interface Rerun {
  readonly records: readonly RecordedStep[]
  /** After its last step. */
  readonly finish: Finish | null
}

type FirstDifference = Certificate['firstDifference']

/** Differences of one step's numbers; `areEqual` covers those that have no sum of their own. */
interface StepDifferences {
  readonly logprob: number
  readonly triggerLogit: number
  readonly latent: number
  readonly areEqual: boolean
}

export function compareRuns({ header, steps, weaves }: Pick<Trace, 'steps' | 'weaves'> & { header: Pick<Trace['header'], 'finish'> }, { records, finish }: Rerun): RunComparison {
  const recordedWeaves = new Map(weaves.map((weave) => [weave.stepIndex, weave]))
  const compared = steps.slice(0, records.length)
  const firstDifference = firstOtherChoice(compared, records) ?? otherLength(header.finish, steps, records, finish)
  const differences = compared.flatMap((step, index) => {
    const again = records[index]
    // After another decision the numbers belong to another context.
    return again === undefined || again.step.decision !== step.decision ? [] : [differencesOf(step, recordedWeaves.get(step.index) ?? null, again)]
  })
  const largest = (what: 'logprob' | 'triggerLogit' | 'latent'): number => differences.reduce((most, difference) => Math.max(most, difference[what]), 0)
  return {
    verdict: firstDifference !== null ? 'differs' : differences.every(({ areEqual }) => areEqual) ? 'exact' : 'same-tokens',
    comparedSteps: compared.length,
    firstDifference,
    largestLogprobDifference: largest('logprob'),
    largestTriggerLogitDifference: largest('triggerLogit'),
    largestLatentDifference: largest('latent'),
  }
}

/** Whether a re-run chose what was recorded, so that its next step can be compared too. */
export function isSameChoice(step: Step | undefined, again: RecordedStep): boolean {
  return step?.tokenId === again.step.tokenId && step.decision === again.step.decision
}

function firstOtherChoice(steps: readonly Step[], records: readonly RecordedStep[]): FirstDifference {
  const step = steps.find((step, index) => records[index] !== undefined && !isSameChoice(step, records[index]))
  if (step === undefined) return null
  return { stepIndex: step.index, what: step.decision === records[step.index]?.step.decision ? 'token' : 'decision', topGap: topGapOf(step) }
}

/** The re-run ended before the record does, or where the record goes on or ends otherwise. */
function otherLength(recordedFinish: Finish | null, steps: readonly Step[], records: readonly RecordedStep[], finish: Finish | null): FirstDifference {
  if (records.length === steps.length && (!endsByItself(recordedFinish) || finish === recordedFinish)) return null
  return { stepIndex: Math.min(records.length, steps.length), what: 'length', topGap: null }
}

/** Whether nobody had to stop it. */
export function endsByItself(finish: Finish | null): boolean {
  return finish === 'eos' || finish === 'length'
}

/** Between the two likeliest tokens, in nats. */
function topGapOf({ topK }: Step): number | null {
  const [first, second] = topK.map(({ logprob }) => logprob).sort((a, b) => b - a)
  return first === undefined || second === undefined ? null : first - second
}

function differencesOf(step: Step, weave: Weave | null, again: RecordedStep): StepDifferences {
  const logprobAgain = new Map(again.step.topK.map(({ tokenId, logprob }) => [tokenId, logprob]))
  const topK = step.topK.flatMap(({ tokenId, logprob }) => {
    const other = logprobAgain.get(tokenId) // absent where it fell out at the list's end
    return other === undefined ? [] : [[logprob, other] as const]
  })
  const chosen = step.tokenId === again.step.tokenId ? [[step.logprob, again.step.logprob] as const] : []
  const logprob = largestGap([...topK, ...chosen])
  const triggerLogit = largestGap((step.triggerLogits ?? []).map((logit, index) => [logit, again.step.triggerLogits?.[index] ?? 0] as const))
  const latent = largestLatentGap(weave, again.weave)
  const isRestEqual = step.entropy === again.step.entropy && topK.length === step.topK.length && topK.length === again.step.topK.length
  return { logprob, triggerLogit, latent, areEqual: isRestEqual && logprob === 0 && triggerLogit === 0 && latent === 0 }
}

function largestGap(pairs: readonly (readonly [number, number])[]): number {
  return pairs.reduce((most, [a, b]) => (a === b ? most : Math.max(most, Math.abs(a - b))), 0) // two infinities of one sign are equal
}

/** Where one block is longer, nothing stands against its rest. */
function largestLatentGap(weave: Weave | null, again: Weave | null): number {
  const data = weave?.latents.data ?? new Float32Array(0)
  const dataAgain = again?.latents.data ?? new Float32Array(0)
  let largest = 0
  for (let i = 0; i < Math.max(data.length, dataAgain.length); i++) largest = Math.max(largest, Math.abs((data[i] ?? 0) - (dataAgain[i] ?? 0)))
  return largest
}

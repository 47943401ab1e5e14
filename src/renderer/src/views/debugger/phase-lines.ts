/** @file The three phases of a step under way, each in a few words. It does not know how they are drawn. */
import { formatNumber, formatProbability, plural } from '../../charts/format.ts'
import type { PendingStep } from '../../../../shared/domain/session.ts'
import type { Weave } from '../../../../shared/domain/weave.ts'

export interface PhaseLine {
  name: 'decide' | 'weave' | 'decode'
  state: 'done' | 'next' | 'later'
  tone: 'plain' | 'trigger' | 'memory'
  text: string
  title: string | null
}

/** null between steps. */
export function phaseLines(pending: PendingStep | null): PhaseLine[] | null {
  if (pending === null) return null
  const isWoven = pending.phase === 'woven'
  const decide: PhaseLine = { name: 'decide', state: 'done', tone: pending.isInserted ? 'memory' : 'trigger', text: `decided: ${decisionText(pending)}`, title: pending.gateReason }
  const decode: PhaseLine = { name: 'decode', state: isWoven || !pending.isInserted ? 'next' : 'later', tone: 'plain', text: 'token', title: 'F11 decodes the token' }
  if (!pending.isInserted) return [{ ...decide, tone: pending.decision === -100 ? 'plain' : 'trigger' }, decode]
  const weave: PhaseLine = isWoven
    ? { name: 'weave', state: 'done', tone: 'memory', text: pending.weave === null ? 'woven' : weaveText(pending.weave), title: 'Woven. Mean L2 norms of the weaver’s hidden states, and of the latents they are projected to' }
    : { name: 'weave', state: 'next', tone: 'plain', text: 'weave', title: 'F11 weaves: queries to hidden states to projected latents' }
  return [decide, weave, decode]
}

/** "insert, p 0.73"; a constant or a policy has no probability. */
function decisionText({ isInserted, decision, decisionSource, pInvoke }: PendingStep): string {
  const verdict = isInserted ? 'insert' : decision === -100 ? 'not asked' : 'skip'
  if (pInvoke !== null) return `${verdict}, p ${formatProbability(pInvoke)}`
  return decisionSource === null || decisionSource === 'model' ? verdict : `${verdict}, ${decisionSource}`
}

function weaveText({ norms, normsBeforeProjection }: Pick<Weave, 'norms' | 'normsBeforeProjection'>): string {
  return `hidden ‖${formatNumber(meanOf(normsBeforeProjection))}‖ → ${plural(norms.length, 'latent')} ‖${formatNumber(meanOf(norms))}‖`
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

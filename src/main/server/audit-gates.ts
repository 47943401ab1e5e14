/** @file What both delimiter gates say of many traces, summed up. It does not know how a gate decides. */
import type { GateAudit, GateFinding } from '../../shared/domain/analysis.ts'
import type { RunId, TraceId } from '../../shared/domain/identifiers.ts'
import type { CallOptions } from '../engine-host/index.ts'
import { TraceNotFoundError } from '../log/index.ts'
import type { ServerContext } from './context.ts'

type AuditContext = Pick<ServerContext, 'engine' | 'log' | 'sessions'>

/** Traces one after the other, by the order asked for. Raises TraceNotFoundError, ModelNotFoundError and whatever engine and log raise. */
export async function auditGates(context: AuditContext, asked: { traceIds: TraceId[] } | { runId: string }, options: CallOptions): Promise<GateAudit> {
  const traceIds = 'traceIds' in asked ? asked.traceIds : await context.log.listTraceIds(asked.runId as RunId) // the contract takes any text
  const audited: { traceId: TraceId; positions: number; findings: GateFinding[] }[] = []
  for (const traceId of traceIds) audited.push({ traceId, ...(await auditTrace(context, traceId, options)) })
  const all = audited.flatMap(({ findings }) => findings)
  const count = (holds: (finding: GateFinding) => boolean): number => all.filter(holds).length
  return {
    positions: audited.reduce((sum, { positions }) => sum + positions, 0),
    both: count(({ textGate, tokenIdGate }) => textGate && tokenIdGate),
    onlyText: count(({ textGate, tokenIdGate }) => textGate && !tokenIdGate),
    onlyTokenId: count(({ textGate, tokenIdGate }) => !textGate && tokenIdGate),
    traps: {
      merged: count(({ trap }) => trap === 'merged'),
      decimal: count(({ trap }) => trap === 'decimal'),
      incompleteCharacter: count(({ trap }) => trap === 'incomplete-character'),
    },
    findings: audited.map(({ traceId, findings }) => ({ traceId, findings })),
  }
}

async function auditTrace({ engine, log, sessions }: AuditContext, traceId: TraceId, options: CallOptions): Promise<{ positions: number; findings: GateFinding[] }> {
  const overview = await log.getOverview(traceId)
  if (overview === undefined) throw new TraceNotFoundError(traceId)
  const { header, promptTokens, steps } = overview
  await sessions.requireModel(header.modelId)
  const promptIds = promptTokens.map(({ tokenId }) => tokenId)
  const findings = await engine.call('auditGates', { modelId: header.modelId, promptIds, tokenIds: [...steps.tokenIds] }, options)
  return { positions: steps.tokenIds.length, findings }
}

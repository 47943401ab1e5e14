/** @file A trace that a request names, live or logged; that there is none is an error. It does not know what is asked of it. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { Trace, TraceHeader } from '../../shared/domain/trace.ts'
import { TraceNotFoundError } from '../log/index.ts'
import type { LiveRollouts } from './live-rollouts.ts'
import type { SessionLog } from './session-log.ts'

/** As it is at this moment. Raises TraceNotFoundError. */
export async function requireHeader(live: LiveRollouts, log: SessionLog, traceId: TraceId): Promise<TraceHeader> {
  const header = live.find(traceId)?.header ?? (await log.getTraceHeader(traceId))
  if (header === undefined) throw new TraceNotFoundError(traceId)
  return header
}

/** As it is logged. Raises TraceNotFoundError. */
export async function requireTrace(log: SessionLog, traceId: TraceId): Promise<Trace> {
  const trace = await log.getTrace(traceId)
  if (trace === undefined) throw new TraceNotFoundError(traceId)
  return trace
}

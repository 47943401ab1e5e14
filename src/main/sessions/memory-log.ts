/** @file A session log that forgets: for `memgen generate --no-log` and for tests. It checks nothing and keeps no order but its own. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../shared/domain/trace.ts'
import type { RecordedStep } from '../log/index.ts'
import type { SessionLog } from './session-log.ts'

export function createMemoryLog({ now }: { now: () => number }): SessionLog {
  const traces = new Map<TraceId, { header: TraceHeader; records: RecordedStep[] }>()
  const find = (traceId: TraceId): { header: TraceHeader; records: RecordedStep[] } => {
    const trace = traces.get(traceId)
    if (trace === undefined) throw new Error(`internal: no trace ${traceId} in memory`)
    return trace
  }

  return {
    async createTrace({ promptTokens: _, ...rest }) {
      const header: TraceHeader = { ...rest, parent: null, changes: [], certificate: null, finish: null, error: null, stepCount: 0, weaveCount: 0, preview: '', createdAt: now(), updatedAt: now() }
      traces.set(header.id, { header, records: [] })
      return header
    },
    async commitStep(traceId, step, weave) {
      const trace = find(traceId)
      trace.records.push({ step, weave })
      const weaveCount = trace.header.weaveCount + (weave === null ? 0 : 1)
      trace.header = { ...trace.header, stepCount: trace.records.length, weaveCount, preview: trace.header.preview + step.text, updatedAt: now() }
    },
    async finishTrace(traceId, finish, error) {
      const trace = find(traceId)
      trace.header = { ...trace.header, finish, error, updatedAt: now() }
      return trace.header
    },
    getTraceHeader: async (traceId) => traces.get(traceId)?.header,
    stepsFrom: async (traceId, index) => traces.get(traceId)?.records.slice(index),
  }
}

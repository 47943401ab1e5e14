/** @file A session log that forgets: for `memgen generate --no-log` and for tests. It checks nothing and keeps no order but its own. */
import type { DonorLatents } from '../../shared/domain/donor.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { PromptToken, ResultOrigin, TraceHeader } from '../../shared/domain/trace.ts'
import type { RecordedStep } from '../log/index.ts'
import type { SessionLog } from './session-log.ts'

interface KeptTrace {
  header: TraceHeader
  readonly promptTokens: PromptToken[]
  readonly records: RecordedStep[]
}

export function createMemoryLog({ now }: { now: () => number }): SessionLog {
  const traces = new Map<TraceId, KeptTrace>()
  const donated = new Map<string, DonorLatents>()
  const keyOf = ({ runId, sampleId, repeat, turn }: ResultOrigin): string => JSON.stringify([runId, sampleId, repeat, turn])
  const find = (traceId: TraceId): KeptTrace => {
    const trace = traces.get(traceId)
    if (trace === undefined) throw new Error(`internal: no trace ${traceId} in memory`)
    return trace
  }
  const change = (traceId: TraceId, changed: Partial<TraceHeader>): TraceHeader => {
    const trace = find(traceId)
    trace.header = { ...trace.header, ...changed, updatedAt: now() }
    return trace.header
  }

  return {
    async createTrace({ promptTokens, ...rest }) {
      const records = rest.parent === null ? [] : find(rest.parent.traceId).records.slice(0, rest.parent.stepIndex)
      const header: TraceHeader = { ...rest, certificate: null, finish: null, error: null, ...summaryOf(records), createdAt: now(), updatedAt: now() }
      traces.set(header.id, { header, promptTokens: [...promptTokens], records })
      return header
    },
    async commitSteps(traceId, steps) {
      const { header, records } = find(traceId)
      records.push(...steps)
      const { stepCount, weaveCount, preview, ending } = summaryOf(steps)
      change(traceId, { stepCount: header.stepCount + stepCount, weaveCount: header.weaveCount + weaveCount, preview: header.preview + preview, ending: header.ending + ending })
    },
    finishTrace: async (traceId, finish, error) => change(traceId, { finish, error }),
    stampTrace: async (traceId, certificate) => change(traceId, { certificate }),
    getTraceHeader: async (traceId) => traces.get(traceId)?.header,
    async getTrace(traceId) {
      const trace = traces.get(traceId)
      if (trace === undefined) return undefined
      const { header, promptTokens, records } = trace
      return { header, promptTokens, steps: records.map(({ step }) => step), weaves: records.flatMap(({ weave }) => weave ?? []) }
    },
    async saveDonatedLatents(origin, latents) {
      if (!donated.has(keyOf(origin))) donated.set(keyOf(origin), latents)
    },
    donatedLatentsOf: async (origin) => donated.get(keyOf(origin)) ?? { prompt: [], inference: [] },
    stepsFrom: async (traceId, index) => traces.get(traceId)?.records.slice(index),
  }
}

function summaryOf(records: readonly RecordedStep[]): Pick<TraceHeader, 'stepCount' | 'weaveCount' | 'preview' | 'ending'> {
  const text = records.map(({ step }) => step.text).join('')
  return { stepCount: records.length, weaveCount: records.filter(({ weave }) => weave !== null).length, preview: text, ending: text }
}

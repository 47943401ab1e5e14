/**
 * @file Reads what ONNX Runtime writes with profiling on: an event a line, runs in order, each after its operators. It does not know
 * what the runs were for.
 *
 * On the CPU an operator's time is that of its kernel. On WebGPU it is the time until its kernel was enqueued, with the compilation of
 * shaders and, where something is copied back, the wait for the device; how long the kernels then ran is told apart, by the device's clock.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { groupOfNode } from './node-group.ts'

/** Operators of one kind in one part of the graph. */
export interface OperatorTime {
  readonly group: string
  readonly opType: string
  readonly provider: string
  ms: number
  count: number
}

/** One run of a session inside ONNX Runtime. */
export interface RunRecord {
  /** Milliseconds, operators included. */
  readonly ms: number
  readonly operators: readonly OperatorTime[]
}

export interface SessionRecord {
  /** Those before `firstRun` too, so that a run is found by its index. */
  readonly runs: readonly RunRecord[]
  /** What a device ran since `firstRun`; none on the CPU. */
  readonly kernels: readonly OperatorTime[]
}

const MICROSECONDS_PER_MS = 1000
/** What ONNX Runtime appends to a node's name. */
const KERNEL_SUFFIX = '_kernel_time'
/** In place of a provider: the device's own time. */
const DEVICE_CLOCK = 'kernels on the device'

const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** When it began and how long it took, microseconds. */
  ts: z.number(),
  dur: z.number(),
  args: z.object({ op_name: z.string().optional(), provider: z.string().optional() }),
})

/** Throws where a line is no event. */
export async function readSessionRecord(path: string, firstRun: number): Promise<SessionRecord> {
  const runs: RunRecord[] = []
  const kernels = new OperatorSums()
  let operators = new OperatorSums()
  let beganAt = Infinity
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!line.startsWith('{')) continue // the brackets around all
    const { cat, name, ts, dur, args } = eventSchema.parse(JSON.parse(line.replace(/,$/, '')))
    const ms = dur / MICROSECONDS_PER_MS
    if (cat === 'Node' && name.endsWith(KERNEL_SUFFIX)) {
      const { op_name: opType = name, provider = 'unknown' } = args
      operators.add({ group: groupOfNode(name.slice(0, -KERNEL_SUFFIX.length)), opType, provider, ms, count: 1 })
    } else if (cat === 'Api' && ts >= beganAt) {
      // A kernel is named `node&operator&program`, and told after the run it belongs to.
      const [node = '', opType = name] = name.split('&')
      kernels.add({ group: groupOfNode(node), opType, provider: DEVICE_CLOCK, ms, count: 1 })
    } else if (cat === 'Session' && name === 'model_run') {
      if (runs.length === firstRun) beganAt = ts
      runs.push({ ms, operators: operators.list() })
      operators = new OperatorSums()
    }
  }
  return { runs, kernels: kernels.list() }
}

/** Times summed by part, kind and provider. */
export class OperatorSums {
  readonly #sums = new Map<string, OperatorTime>()

  add({ group, opType, provider, ms, count }: OperatorTime): void {
    const key = `${group}|${opType}|${provider}`
    const known = this.#sums.get(key)
    if (known === undefined) this.#sums.set(key, { group, opType, provider, ms, count })
    else {
      known.ms += ms
      known.count += count
    }
  }

  list(): OperatorTime[] {
    return [...this.#sums.values()]
  }
}

/**
 * @file Numbers that benchmarks of their own measure, as lines of the table: the time to the first token (bench/first-token.ts) and how far
 * memory estimates are off (bench/memory.ts). It reads what they print with `--json` and measures nothing.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Measure, MeasureOptions, Row } from './measure.ts'

/** Seconds from opening a float32 model to its first token: with nothing packed yet, and at the next start. */
const FIRST_TOKEN_AIMS = { first: 2, second: 1 } as const
/** An estimate may be off by so much. */
const ESTIMATE_AIM = 0.1

/** What is read of bench/first-token.ts's answer. */
interface FirstTokenReport {
  readonly starts: Readonly<Record<keyof typeof FIRST_TOKEN_AIMS, { readonly loadMs: number; readonly firstStepMs: number }>>
}

/** bench/memory.ts's answer, by case; numbers are null where the system does not tell them. */
type MemoryReport = Readonly<Record<string, Readonly<Record<'loading' | 'running', { readonly estimatedBytes: number; readonly measuredBytes: number | null }>>>>

export const measureFirstToken: Measure = async (options) => {
  const report = run('first-token.ts', options, ['--threads', `${options.threads}`]) as FirstTokenReport
  const rowOf = (start: keyof typeof FIRST_TOKEN_AIMS): Row => {
    const { loadMs, firstStepMs } = report.starts[start]
    const seconds = (loadMs + firstStepMs) / 1000
    const aim = FIRST_TOKEN_AIMS[start]
    return { key: `first_token_${start}_start`, title: `First token, ${start} start`, measured: `${seconds.toFixed(2)} s, of it loading ${(loadMs / 1000).toFixed(2)}`, against: `${aim} s`, ratio: seconds / aim, aim: { atMost: 1 } }
  }
  return { rows: [rowOf('first'), rowOf('second')], raw: { ...report } }
}

export const measureMemoryEstimate: Measure = async (options) => {
  const report = run('memory.ts', options, []) as MemoryReport
  const found = Object.entries(report).flatMap(([name, use]) =>
    (['loading', 'running'] as const).flatMap((when) => {
      const { estimatedBytes, measuredBytes } = use[when]
      return measuredBytes === null ? [] : [{ name: `${name}, ${when}`, estimatedBytes, measuredBytes, offBy: Math.abs(estimatedBytes / measuredBytes - 1) }]
    }),
  )
  const [worst] = found.sort((a, b) => b.offBy - a.offBy)
  const row = { key: 'memory_estimate_off_by', title: 'Memory estimates, the worst', aim: { atMost: ESTIMATE_AIM } } as const
  if (worst === undefined) return { rows: [{ ...row, measured: '', against: '', ratio: null, note: 'this system does not tell what a process holds' }], raw: { ...report } }
  const { estimatedBytes, measuredBytes, offBy, name } = worst
  return { rows: [{ ...row, measured: `${megabytes(estimatedBytes)} estimated`, against: `${megabytes(measuredBytes)} measured`, ratio: offBy, note: name }], raw: { ...report } }
}

function run(script: string, { layers, cacheDir, say }: MeasureOptions, more: readonly string[]): unknown {
  say(`running bench/${script}`)
  const args = [join(import.meta.dirname, '..', script), '--json', '--layers', `${layers}`, '--cache-dir', cacheDir, ...more]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

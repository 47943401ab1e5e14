/** @file Long work as one line on a terminal, with the time left; silent in a pipe. It does not know what the work is. */
import type { OutputStream } from './shell.ts'

export interface ProgressLine {
  /**
   * @param fraction done so far, 0 to 1
   * @param before how much of it was done when the line began: it says nothing about the time left @default 0
   */
  show(stage: string, fraction: number, before?: number): void
  /** Takes the line away. */
  clear(): void
}

const CLEAR = '\r\u001B[K'
/** Before this an estimate would jump about, and short work needs none. */
const FIRST_ESTIMATE_MS = 1_000

/** @param options.now Milliseconds of any clock. @default performance.now */
export function createProgressLine(stream: OutputStream, { now = () => performance.now() }: { now?: () => number } = {}): ProgressLine {
  const startedAt = now()
  let shown = ''
  const write = (line: string): void => {
    if (stream.isTTY !== true || line === shown) return
    shown = line
    stream.write(`${CLEAR}${line}`)
  }
  return {
    show: (stage, fraction, before = 0) => {
      const elapsedMs = now() - startedAt
      const left = fraction > before && elapsedMs >= FIRST_ESTIMATE_MS ? ` · ${formatLeft((elapsedMs / (fraction - before)) * (1 - fraction))}` : ''
      write(`${stage} ${Math.round(fraction * 100)} %${left}`)
    },
    clear: () => write(''),
  }
}

/** "42 s left". */
export function formatLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 100 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`
}

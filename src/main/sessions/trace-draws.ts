/** @file Whose draws a trace makes: those of the result that it replays, or the ones that all generations by hand share. It draws nothing. */
import { drawsOfTurn, type ResultOrigin } from '../../shared/domain/trace.ts'

/**
 * All generations by hand draw from the streams of one sample, so that the same seed, config and prompt give the same tokens in the app,
 * on the command line and after a restart.
 */
const INTERACTIVE_ROW = { sampleId: 'interactive', repeat: 0 } as const

/** The names of a trace's streams, as the engine takes them; forks and re-runs of a replay draw as it does. */
export function drawsOf(origin: ResultOrigin | null): { sampleId: string; repeat: number } {
  return origin === null ? INTERACTIVE_ROW : { sampleId: drawsOfTurn(origin), repeat: origin.repeat }
}

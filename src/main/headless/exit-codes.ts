/** @file What the command line ends with, and the text that documents it. It does not decide which. */
export const exitCodes = {
  ok: 0,
  /** A file, the log, the engine or a generation failed, or `inspect` found an error. */
  failed: 1,
  /** The arguments were wrong; nothing was started. */
  usage: 2,
  /** Stopped by Ctrl-C; everything up to there is in the log. */
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeHelp = `
Exit codes:
  0    done
  1    failed: a file, the log, the engine or the generation; or inspect found an error
  2    wrong arguments; nothing was started
  130  stopped by Ctrl-C; everything up to there is in the log`

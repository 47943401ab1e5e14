/** @file What a command needs of the world around it, so that it can be run in a test. It does not know any command. */
import type { StartEngine } from '../engine-host/index.ts'

export interface OutputStream {
  write(text: string): unknown
  /** True on a terminal. */
  isTTY?: boolean
}

export interface Shell {
  stdout: OutputStream
  stderr: OutputStream
  env: Readonly<Record<string, string | undefined>>
  /** The default of --data-dir. */
  dataDir: string
  resourcesDir: string
  /** The built renderer. */
  rendererDir: string
  version: string
  startEngine: StartEngine
  readStdin(): Promise<string>
  /** Resolves when standard input ends; `signal` stops watching it. */
  stdinEnd(signal: AbortSignal): Promise<void>
  /** Calls once, at the first Ctrl-C or termination; the next one ends the process as usual. */
  onInterrupt(listener: () => void): void
}

/** Colours only on a terminal that wants them (https://no-color.org). */
export function isStyled(shell: Pick<Shell, 'env'>, stream: OutputStream): boolean {
  return stream.isTTY === true && (shell.env['NO_COLOR'] ?? '') === '' && shell.env['TERM'] !== 'dumb'
}

const styleCodes = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33 } as const
export type Style = keyof typeof styleCodes

/** `text` in a style, or as it is. */
export function styled(text: string, style: Style, isOn: boolean): string {
  return isOn ? `\u001B[${styleCodes[style]}m${text}\u001B[0m` : text
}

/** Model output shown on a terminal: control characters other than tab and line feed become visible symbols and move no cursor. */
export function showControls(text: string): string {
   
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) => {
    const code = character.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '\u2421' : '\uFFFD'
  })
}

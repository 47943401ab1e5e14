/** @file `memgen serve`: the app in a browser. It does not know what the app does. */
import { spawn } from 'node:child_process'
import { isIP } from 'node:net'
import { Command } from 'commander'
import { assertBuiltPage, createApp, startWebServer } from '../server/index.ts'
import { addDataOption, type DataOptions } from './data-option.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { integerArgument } from './number-argument.ts'
import { addPlacementOptions, toPlacement, type PlacementOptions } from './placement-options.ts'
import type { Shell } from './shell.ts'

interface ServeOptions extends DataOptions, PlacementOptions {
  host: string
  port: number
  open: boolean
  endWithStdin?: boolean
}

const examples = `
Examples:
  memgen serve
  memgen serve --port 7700 --no-open
  ssh -L 7700:127.0.0.1:7700 lab memgen serve --port 7700

The address carries a token that is new at each start. Ends on Ctrl-C.`

export function serveCommand(shell: Shell, end: (exitCode: ExitCode) => void): Command {
  const command = new Command('serve')
    .description('Serve the app on loopback and open the browser.')
    .option('--port <port>', '0 takes a free one', integerArgument({ min: 0, max: 65_535 }), 0)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--no-open', 'do not open the browser')
    .option('--end-with-stdin', 'also end when standard input ends, for a program that started this one')
  return addDataOption(addPlacementOptions(command), shell)
    .addHelpText('after', examples)
    .action(async (options: ServeOptions) => end(await serve(shell, options)))
}

async function serve(shell: Shell, { dataDir, host, port, open, endWithStdin, ...options }: ServeOptions): Promise<ExitCode> {
  const { rendererDir, resourcesDir, startEngine, stdout, stderr } = shell
  assertBuiltPage(rendererDir)
  const app = await createApp({ dataDir, resourcesDir, shell: 'browser', startEngine, placement: toPlacement(options), preloadsBundledModel: true })
  const watching = new AbortController()
  const asked = new Promise<void>((resolve) => {
    shell.onInterrupt(resolve)
    if (endWithStdin === true) void shell.stdinEnd(watching.signal).then(resolve)
  })
  try {
    const server = await startWebServer(app, { rendererDir, host, port })
    stdout.write(`MemGen Workbench: ${server.url}\n`)
    if (!isLoopback(host)) stderr.write('This address can be reached from other machines; whoever has the token can use the app, and nothing is encrypted.\n')
    // Into a pipe, another program reads the address and decides.
    if (open && stdout.isTTY === true) openBrowser(shell, server.url)
    await asked
    await server.close()
    return exitCodes.ok
  } finally {
    watching.abort()
    await app.dispose()
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function openBrowser({ env }: Shell, url: string): void {
  const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = { darwin: ['open', url], win32: ['rundll32', 'url.dll,FileProtocolHandler', url], linux: ['xdg-open', url] }
  const isHeadless = process.platform === 'linux' && (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') === ''
  const opener = openers[process.platform]
  if (opener === undefined || isHeadless) return
  const [command, ...values] = opener
  // The address is on the terminal already: a machine without an opener needs no second word.
  spawn(command, values, { stdio: 'ignore', detached: true }).on('error', () => undefined).unref()
}

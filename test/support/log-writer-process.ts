/** @file Starts test/fault/log-writer.ts as a process of its own and reads what it reports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const writerEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened') }),
  z.object({ kind: z.literal('committed'), index: z.int() }),
  z.object({ kind: z.literal('forked'), index: z.int() }),
  z.object({ kind: z.literal('done'), traces: z.array(z.object({ id: z.string(), stepCount: z.int() })) }),
  z.object({ kind: z.literal('failed'), error: z.string() }),
])
export type WriterEvent = z.infer<typeof writerEventSchema>

export interface WriterProcess {
  readonly child: ChildProcess
  /** What it reported so far. */
  readonly events: readonly WriterEvent[]
  /** All it ever reported, once it has ended and its pipe is drained. */
  readonly ended: Promise<readonly WriterEvent[]>
}

/** `onEvent` hears each event as it comes in, so that a test can act in the middle of the work. */
export function startLogWriter(args: readonly string[], onEvent: (event: WriterEvent, child: ChildProcess) => void = () => {}): WriterProcess {
  const script = fileURLToPath(new URL('../fault/log-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const events: WriterEvent[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const event = writerEventSchema.parse(JSON.parse(line))
    events.push(event)
    onEvent(event, child)
  })
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => events)
  return { child, events, ended }
}

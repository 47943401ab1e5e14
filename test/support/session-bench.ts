/** @file A sessions room over a fake engine process and a log in memory, and ears for what it says. */
import { DeviceRoom, SpeedBook } from '../../src/main/devices/index.ts'
import { EngineHost, forkEngine, type StartEngine } from '../../src/main/engine-host/index.ts'
import { createMemoryLog, SessionRoom, type AdvanceOptions, type SessionLog, type SessionRoomOptions } from '../../src/main/sessions/index.ts'
import type { OpenedSession } from '../../src/shared/contract/sessions.ts'
import type { ModelId, TraceId } from '../../src/shared/domain/identifiers.ts'
import type { ModelEntry } from '../../src/shared/domain/model.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { SessionEvent, SessionState } from '../../src/shared/domain/session.ts'

const fakeEngine = new URL('./fake-engine.ts', import.meta.url).pathname
export const benchModel: ModelEntry = { id: 'tiny' as ModelId, name: 'Tiny', location: { reasonerDir: '/models/tiny' }, isBundled: true, label: null, examples: [], placement: { device: 'auto', precision: 'f32' } }

export interface SessionBench {
  engine: EngineHost
  log: SessionLog
  room: SessionRoom
  devices: DeviceRoom
}

export function openBench(options: SessionRoomOptions & { log?: SessionLog } = {}): SessionBench {
  const startEngine: StartEngine = () => forkEngine(fakeEngine)
  const engine = new EngineHost(startEngine, { restartDelaysMs: [0, 0, 0] })
  const devices = new DeviceRoom({ engine, startEngine, book: new SpeedBook({ path: null, machine: '' }), weightsDir: null })
  const log = options.log ?? createMemoryLog({ now: () => 1_000 })
  const room = new SessionRoom({ engine, devices, log, findModel: async (id) => (id === benchModel.id ? benchModel : null) }, { now: () => 1_000, ...options })
  return { engine, devices, log, room }
}

export async function closeBench({ room, engine }: SessionBench): Promise<void> {
  await Promise.all([room.dispose(), engine.dispose()])
}

export function openOn(room: SessionRoom, text: string, maxNewTokens = 8): Promise<OpenedSession> {
  return room.open({ modelId: benchModel.id, prompt: { kind: 'text', text }, config: runConfigSchema.parse({ maxNewTokens }) })
}

/** Everything a listener hears until a state of one of these kinds. */
export async function hearUntil(room: SessionRoom, traceId: TraceId, kinds: readonly SessionState['kind'][], fromStep = 0): Promise<SessionEvent[]> {
  const heard: SessionEvent[] = []
  let hasRun = false
  for await (const event of await room.subscribe(traceId, { fromStep })) {
    heard.push(event)
    if (event.kind === 'state' && event.state.kind === 'running') hasRun = true
    if (event.kind === 'state' && kinds.includes(event.state.kind) && (hasRun || event.state.kind !== 'paused')) break
  }
  return heard
}

/** Advances, and hears everything from `fromStep` on until the session rests again. */
export async function advanceAndHear(room: SessionRoom, traceId: TraceId, options: AdvanceOptions, fromStep = 0): Promise<SessionEvent[]> {
  await room.advance(traceId, options)
  const heard: SessionEvent[] = []
  for await (const event of await room.subscribe(traceId, { fromStep })) {
    heard.push(event)
    if (event.kind === 'state' && event.state.kind !== 'running') break
  }
  return heard
}

export const stepIndices = (events: readonly SessionEvent[]): number[] => events.flatMap((event) => (event.kind === 'step' ? event.step.index : []))
export const lastState = (events: readonly SessionEvent[]): SessionState | undefined => events.findLast((event) => event.kind === 'state')?.state

/**
 * @file The engine process: answers the calls of protocol.ts, one at a time apart from `pause`. It keeps models and
 * rollouts in memory and nothing on disk.
 */
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import { inspectCheckpoint } from './checkpoint/index.ts'
import { describeFailure } from './failure.ts'
import { LiveRollout } from './live-rollout.ts'
import { MemGenModel } from './memgen/memgen-model.ts'
import { openHostLine } from './message-port.ts'
import type { EngineCallName, EngineCalls, EngineMessage, EngineRequest } from './protocol.ts'

const line = openHostLine()
const models = new Map<ModelId, MemGenModel>()
const rollouts = new Map<TraceId, LiveRollout>()
/** Calls wait for each other: a run blocks the thread anyway, and models are not loaded under a rollout's feet. */
let queue: Promise<unknown> = Promise.resolve()

type Handlers = {
  [Name in EngineCallName]: (
    request: EngineCalls[Name]['request'],
    progress: (stage: string, fraction: number) => void,
  ) => Promise<EngineCalls[Name]['response']>
}

const handlers: Handlers = {
  async inspect({ location, sha256 }, progress) {
    return inspectCheckpoint(location, {
      sha256,
      onProgress: ({ doneBytes, totalBytes }) => {
        progress('reading tensors', totalBytes === 0 ? 1 : doneBytes / totalBytes)
      },
    })
  },
  async load({ modelId, location, device }, progress) {
    const loaded = models.get(modelId)
    if (loaded !== undefined && loaded.summary.device === device) return loaded.summary
    await loaded?.release()
    const model = await MemGenModel.load(location, { device, onProgress: progress })
    models.set(modelId, model)
    return model.summary
  },
  async unload({ modelId }) {
    await models.get(modelId)?.release()
    models.delete(modelId)
    return null
  },
  async open({ rolloutId, modelId, ...options }) {
    const model = models.get(modelId)
    if (model === undefined) throw new Error(`internal: model ${modelId} is not loaded`)
    const rollout = await LiveRollout.open(model, { id: rolloutId, ...options })
    rollouts.set(rolloutId, rollout)
    return { renderedPrompt: rollout.renderedPrompt, promptTokens: rollout.promptTokens }
  },
  async advance({ rolloutId, until }) {
    return rolloutOf(rolloutId).advance(until, ({ step, weave }) => {
      post({ kind: 'step', rolloutId, step, weave })
    })
  },
  pause({ rolloutId }) {
    rolloutOf(rolloutId).pause()
    return Promise.resolve(null)
  },
  close({ rolloutId }) {
    rollouts.get(rolloutId)?.dispose()
    rollouts.delete(rolloutId)
    return Promise.resolve(null)
  },
}

function rolloutOf(id: TraceId): LiveRollout {
  const rollout = rollouts.get(id)
  if (rollout === undefined) throw new Error(`internal: rollout ${id} is not open`)
  return rollout
}

async function answer<Name extends EngineCallName>(callId: number, call: Name, request: EngineCalls[Name]['request']): Promise<void> {
  try {
    const result = await handlers[call](request, (stage, fraction) => {
      post({ kind: 'progress', callId, stage, fraction })
    })
    post({ kind: 'response', callId, result })
  } catch (error) {
    post({ kind: 'failure', callId, failure: describeFailure(error) })
  }
}

function post(message: EngineMessage): void {
  line.post(message)
}

line.onMessage((message) => {
  // The host is our own code and the messages are typed on its side; nobody else can write to this line.
  const { callId, call, arguments: request } = message as EngineRequest
  if (call === 'pause') void answer(callId, call, request)
  else queue = queue.then(() => answer(callId, call, request))
})
post({ kind: 'ready', pid: process.pid })

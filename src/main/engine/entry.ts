/**
 * @file The engine process: answers the calls of protocol.ts, one at a time. It keeps models and rollouts in memory and
 * nothing on disk.
 */
import { setImmediate } from 'node:timers/promises'
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import { analysisHandlers } from './analysis/index.ts'
import { calibrate, nameShape } from './calibration/index.ts'
import { inspectCheckpoint, openBaseModel } from './checkpoint/index.ts'
import { describePrompt } from './described-prompt.ts'
import { completeSamples } from './evaluation/complete-samples.ts'
import { weaveDonors } from './evaluation/weave-donors.ts'
import { describeFailure } from './failure.ts'
import { LiveRollout } from './live-rollout.ts'
import { MemGenModel } from './memgen/memgen-model.ts'
import { estimatePlacements } from './memgen/memory-need.ts'
import { openHostLine } from './message-port.ts'
import { takeProfile } from './profiling/index.ts'
import type { ComputedStep, EngineCallName, EngineCalls, EngineCancellation, EngineHalt, EngineMessage, EngineRequest } from './protocol.ts'
import { listDevices } from './runtime/graph-session.ts'
import { encodeContinuation } from './tokenization/continuation.ts'
import { truncateText } from './tokenization/truncate-text.ts'
import { describeTraining, forgetTraining, runTraining } from './training/run-training.ts'

const line = openHostLine()
const models = new Map<ModelId, MemGenModel>()
const rollouts = new Map<TraceId, OpenRollout>()
/** Calls wait for each other: a run blocks the thread anyway, and models are not loaded under a rollout's feet. */
let queue: Promise<unknown> = Promise.resolve()

/** Samples from which an evaluation waits for packed weights: those take tens of seconds, and save up to 45 % of each batch's time. */
const SAMPLES_WORTH_PACKING = 32
/** Few steps within this time are told of in one message: two frames of the screen are not seen. */
const TOLD_TOGETHER_MS = 25
/** Of more steps than these nobody reads each: they wait longer, since to wake the host and to commit costs as much as a small model's step. */
const FEW_STEPS = 8
const MANY_TOLD_TOGETHER_MS = 100
/** Long enough for a command that loads and then asks. */
const IDLE_MS = 500
let idleTimer: NodeJS.Timeout | undefined

interface OpenRollout {
  readonly modelId: ModelId
  readonly rollout: LiveRollout
}

/** Calls that wait or run, to be stopped by their id. */
const controllers = new Map<number, AbortController>()
/** What the host asks of calls that wait or run and end by themselves. */
const halts = new Map<number, Halt>()

interface Halt {
  stopRequested: boolean
  pauseRequested: boolean
}

interface CallContext {
  readonly callId: number
  readonly onProgress: (stage: string, fraction: number) => void
  /** Aborts when the host cancels the call. */
  readonly signal: AbortSignal
  readonly halt: Readonly<Halt>
}

type Handlers = {
  [Name in EngineCallName]: (request: EngineCalls[Name]['request'], context: CallContext) => Promise<EngineCalls[Name]['response']>
}

const handlers: Handlers = {
  async inspect({ location, sha256 }, { onProgress, signal }) {
    return inspectCheckpoint(location, {
      sha256,
      signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        onProgress('reading tensors', totalBytes === 0 ? 1 : doneBytes / totalBytes)
      },
    })
  },
  async load({ modelId, location, device, precision, weightsDir }, { onProgress }) {
    const loaded = models.get(modelId)
    if (loaded?.summary.device === device && loaded.summary.precision === precision) return loaded.summary
    await unload(modelId)
    const model = await MemGenModel.load(location, { device, precision, weightsDir, onProgress })
    models.set(modelId, model)
    void model.packed().then(awaitIdleness)
    return model.summary
  },
  estimateMemory: ({ location, placements }) => estimatePlacements(location, placements),
  async unload({ modelId }) {
    await unload(modelId)
    return null
  },
  async open({ rolloutId, modelId, prompt, ...options }) {
    const model = loadedModel(modelId)
    // First, since it refuses what cannot be generated from.
    const rollout = LiveRollout.open(model, prompt, { id: rolloutId, ...options })
    rollouts.set(rolloutId, { modelId, rollout })
    return describePrompt(model, prompt)
  },
  async restore({ rolloutId, modelId, record, ...options }) {
    const rollout = LiveRollout.restore(loadedModel(modelId), record, { id: rolloutId, ...options })
    rollouts.set(rolloutId, { modelId, rollout })
    return null
  },
  async fork({ rolloutId, forkId, stepIndex, change }) {
    const { modelId, rollout } = openRollout(rolloutId)
    rollouts.set(forkId, { modelId, rollout: rollout.fork(stepIndex, forkId, change) })
    return null
  },
  async phase({ rolloutId }) {
    return openRollout(rolloutId).rollout.phase(({ step, weave }) => {
      post({ kind: 'steps', steps: [{ rolloutId, step, weave }] })
    })
  },
  async steps({ rolloutId, count }, { halt, signal }) {
    const { rollout } = openRollout(rolloutId)
    let computed: ComputedStep[] = []
    let toldAt = performance.now()
    const tell = (): void => {
      if (computed.length > 0) post({ kind: 'steps', steps: computed })
      computed = []
      toldAt = performance.now()
    }
    try {
      for (let left = count; ; left--) {
        const { finish } = await rollout.step(({ step, weave }) => computed.push({ rolloutId, step, weave }))
        if (finish !== null || left <= 1) return { finish }
        if (performance.now() - toldAt >= (computed.length < FEW_STEPS ? TOLD_TOGETHER_MS : MANY_TOLD_TOGETHER_MS)) tell()
        // In a turn of the event loop the host is heard, and what a step left to be freed is freed.
        await setImmediate()
        signal.throwIfAborted()
        if (halt.pauseRequested || controllers.size > 1) return { finish }
      }
    } finally {
      tell()
    }
  },
  async setTwin({ rolloutId, isEnabled }) {
    openRollout(rolloutId).rollout.setTwin(isEnabled)
    return null
  },
  close({ rolloutId }) {
    close(rolloutId)
    return Promise.resolve(null)
  },
  async preview({ modelId, prompt }) {
    return describePrompt(loadedModel(modelId), prompt)
  },
  async tokenize({ modelId, text }) {
    const { tokenizer } = loadedModel(modelId)
    return encodeContinuation(tokenizer, text).map((tokenId) => ({ tokenId, text: tokenizer.tokenText(tokenId) }))
  },
  async truncate({ modelId, text, maxTokens }) {
    return truncateText(loadedModel(modelId).tokenizer, text, maxTokens)
  },

  async complete({ modelId, ...options }, { callId, onProgress, signal }) {
    const model = loadedModel(modelId)
    if (options.samples.length >= SAMPLES_WORTH_PACKING && !isInUse(modelId)) {
      onProgress('packing weights', 0)
      await model.packed(signal)
      await model.usePacked()
    }
    await completeSamples(model, options, {
      signal,
      onCompletion: (completion) => {
        post({ kind: 'completion', callId, completion })
      },
    })
    return null
  },
  weaveDonors: ({ modelId, ...options }, { signal }) => weaveDonors(loadedModel(modelId), options, { signal }),
  async train({ config }, { callId, halt }) {
    await runTraining(config, {
      signal: halt,
      onEvent: (event) => {
        post({ kind: 'training', callId, event })
      },
    })
    return null
  },
  forgetTraining({ config }) {
    forgetTraining(config)
    return Promise.resolve(null)
  },
  describeTraining: ({ config }) => describeTraining(config),
  listDevices: () => Promise.resolve(listDevices()),
  async modelShape({ location }) {
    return nameShape(openBaseModel(location.reasonerDir).config)
  },
  calibrate: ({ location, ...options }) => calibrate(location, options),
  profile: (request, { onProgress, signal }) => takeProfile(request, { onProgress, signal }),
  ...analysisHandlers(loadedModel),
}

function loadedModel(modelId: ModelId): MemGenModel {
  const model = models.get(modelId)
  if (model === undefined) throw new Error(`internal: model ${modelId} is not loaded`)
  return model
}

function openRollout(rolloutId: TraceId): OpenRollout {
  const found = rollouts.get(rolloutId)
  if (found === undefined) throw new Error(`internal: rollout ${rolloutId} is not open`)
  return found
}

function isInUse(modelId: ModelId): boolean {
  return [...rollouts.values()].some((rollout) => rollout.modelId === modelId)
}

/** Goes over to packed weights once nothing was asked for a while: that blocks, and whoever asks meanwhile waits. */
function awaitIdleness(): void {
  clearTimeout(idleTimer)
  idleTimer = setTimeout(() => {
    if (controllers.size > 0) return // whose answer comes here again
    queue = queue.then(async () => {
      for (const [modelId, model] of models) if (model.hasPackedReady && !isInUse(modelId)) await model.usePacked()
    })
  }, IDLE_MS)
}

/** Forgets a model, and the rollouts that cannot go on without it. */
async function unload(modelId: ModelId): Promise<void> {
  for (const [id, { modelId: used }] of rollouts) if (used === modelId) close(id)
  const model = models.get(modelId)
  models.delete(modelId)
  await model?.release()
}

function close(id: TraceId): void {
  rollouts.get(id)?.rollout.dispose()
  rollouts.delete(id)
}

async function answer<Name extends EngineCallName>(callId: number, call: Name, request: EngineCalls[Name]['request'], { signal, halt }: Pick<CallContext, 'signal' | 'halt'>): Promise<void> {
  const onProgress: CallContext['onProgress'] = (stage, fraction) => {
    post({ kind: 'progress', callId, stage, fraction })
  }
  try {
    signal.throwIfAborted()
    const result = await handlers[call](request, { callId, onProgress, signal, halt })
    post({ kind: 'response', callId, result })
  } catch (error) {
    post({ kind: 'failure', callId, failure: describeFailure(error) })
  }
  controllers.delete(callId)
  halts.delete(callId)
  awaitIdleness()
}

function post(message: EngineMessage): void {
  line.post(message)
}

line.onMessage((message) => {
  // The host is our own code and the messages are typed on its side; nobody else can write to this line.
  const request = message as EngineRequest | EngineCancellation | EngineHalt
  if (request.call === 'cancel') {
    controllers.get(request.callId)?.abort()
    return
  }
  if (request.call === 'halt') {
    const asked = halts.get(request.callId)
    if (asked !== undefined) asked[request.reason === 'pause' ? 'pauseRequested' : 'stopRequested'] = true
    return
  }
  const { callId, call, arguments: args } = request
  const controller = new AbortController()
  controllers.set(callId, controller)
  const halt: Halt = { stopRequested: false, pauseRequested: false }
  halts.set(callId, halt)
  queue = queue.then(() => answer(callId, call, args, { signal: controller.signal, halt }))
})
post({ kind: 'ready', pid: process.pid })

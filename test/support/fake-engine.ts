/**
 * @file An engine that speaks the protocol over a forked process's channel and computes nothing: every step follows
 * from its index. What a test wants to go wrong it writes into the prompt: `eos@3` makes the third
 * token the end of text, `fail@2`, `exit@2` and `hang@2` happen before step 2; a rollout that was restored from a record has forgotten
 * them; `silent@2` computes step 2 and never answers; `lose@2` loses the device before step 2, which the CPU never does. Devices are
 * those of FAKE_ENGINE_DEVICES, and the names of folders say how they do: `no-gpu`, `small-gpu`, `slow-gpu`, `deadly-gpu`; a model of
 * a folder `too-large` fits nowhere. It does not know tokens, weights or ONNX.
 */
import type { EngineCalls, EngineCancellation, EngineFailure, EngineHalt, EngineMessage, EngineRequest, LoadRequest } from '../../src/main/engine/protocol.ts'
import { changesOfFork } from '../../src/shared/domain/changes-of-fork.ts'
import type { DeviceSpeed } from '../../src/shared/domain/calibration.ts'
import type { CheckpointHealth, MemoryEstimate } from '../../src/shared/domain/health.ts'
import { deviceSchema, type Device, type LoadedModel, type ModelLocation, type Placement } from '../../src/shared/domain/model.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import type { RunConfig } from '../../src/shared/domain/run-config.ts'
import type { Prompt } from '../../src/shared/domain/trace.ts'
import type { Matrix } from '../../src/shared/domain/weave.ts'
import { fakeAnalysis } from './fake-analysis.ts'
import { fakeRecord } from './fake-record.ts'
import { FAKE_SIZES, fakeBlock, fakePending, fakeStep, finishOf, hasDirective, type FakeRollout } from './fake-rollout.ts'
import { fakeParameters, fakeTraining } from './fake-training.ts'

const rollouts = new Map<string, FakeRollout>()

function send(message: EngineMessage): void {
  process.send?.(message)
}

function textOf(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map((message) => message.content).join('\n')
}

class FakeFailure extends Error {
  readonly failure: EngineFailure
  constructor(failure: EngineFailure) {
    super(failure.message)
    this.failure = failure
  }
}

function renderPrompt(prompt: Prompt): EngineCalls['open']['response'] {
  const promptText = textOf(prompt)
  if (promptText === '') throw new FakeFailure({ code: 'PROMPT_REJECTED', message: 'the prompt is empty', promptLength: 0, limit: 128 })
  return { renderedPrompt: `<${promptText}>`, promptTokens: [{ tokenId: 3, text: promptText, embeddingNorm: 1.5 }] }
}

function findRollout(rolloutId: string): FakeRollout {
  const rollout = rollouts.get(rolloutId)
  if (rollout === undefined) throw new FakeFailure({ code: 'ROLLOUT_FAILED', message: `no rollout ${rolloutId}` })
  return rollout
}

async function step({ rolloutId }: { rolloutId: TraceId }): Promise<EngineCalls['steps']['response']> {
  const rollout = findRollout(rolloutId)
  if (finishOf(rollout) !== null) return { finish: finishOf(rollout) }
  if (hasDirective(rollout, 'fail')) throw new FakeFailure({ code: 'ROLLOUT_FAILED', message: `logits are NaN at step ${rollout.nextIndex}` })
  if (hasDirective(rollout, 'exit')) process.exit(7)
  if (hasDirective(rollout, 'lose')) useDevice(rollout.modelId)
  if (hasDirective(rollout, 'hang')) await new Promise(() => undefined)
  const made = fakeStep(rolloutId, rollout)
  const isSilent = hasDirective(rollout, 'silent')
  rollout.nextIndex++
  rollout.phase = null
  send({ kind: 'steps', steps: [{ rolloutId, ...made }] })
  if (isSilent) await new Promise(() => undefined)
  return { finish: finishOf(rollout) }
}

async function steps({ rolloutId, count }: EngineCalls['steps']['request'], callId: number): Promise<EngineCalls['steps']['response']> {
  const halt = { stopRequested: false, pauseRequested: false }
  halts.set(callId, halt)
  for (let left = count; ; left--) {
    const { finish } = await step({ rolloutId })
    if (finish !== null || left <= 1) return { finish }
    await new Promise((resolve) => setImmediate(resolve))
    if (cancelled.has(callId)) throw new FakeFailure({ code: null, message: 'aborted', stack: null })
    if (halt.pauseRequested) return { finish }
  }
}

async function phase({ rolloutId }: EngineCalls['phase']['request']): Promise<EngineCalls['phase']['response']> {
  const rollout = findRollout(rolloutId)
  if (finishOf(rollout) !== null || rollout.phase === 'woven') return { ...(await step({ rolloutId })), pending: null }
  rollout.phase = rollout.phase === null ? 'decided' : 'woven'
  return { finish: null, pending: fakePending(rolloutId, rollout, rollout.phase) }
}

const cancelled = new Set<number>()

/**
 * Answers each prompt with itself; `fail@0` fails that completion, `exit@0` ends the process there, `hang@0` waits for a cancellation, and `hang@later` does so but for the first
 * of a request.
 * Under the policy `candidates` a prompt is answered with the box of its candidates, as in `\boxed{0+1}`, and directives name them, as in
 * `hang@0+1`; they do not happen to the first of a request, so that a second request gets past them.
 */
async function complete({ modelId, config, samples, record: latents, donors = [], centroids }: EngineCalls['complete']['request'], callId: number): Promise<null> {
  for (const [index, { prompt, sampleId, repeat, policy }] of samples.entries()) {
    const subset = policy?.kind === 'candidates' ? policy.ordinals.join('+') : null
    const text = subset === null ? textOf(prompt) : String.raw`\boxed{${subset}}`
    const has = (directive: 'fail' | 'exit' | 'hang' | 'lose'): boolean => (subset === null || index > 0) && textOf(prompt).split(' ').includes(`${directive}@${subset ?? 0}`)
    if (has('exit')) process.exit(7)
    if (has('lose')) useDevice(modelId)
    const hangsLater = index > 0 && textOf(prompt).split(' ').includes('hang@later')
    while ((hangsLater || has('hang')) && !cancelled.has(callId)) await new Promise((resolve) => setImmediate(resolve))
    if (cancelled.has(callId)) throw new FakeFailure({ code: null, message: 'aborted', stack: null })
    const error = has('fail') ? 'logits are NaN' : lacksCentroids(config, centroids) ? NO_CENTROIDS : null
    const kept = { tokenIds: [10, 11], text, decisions: [1 as const, -100 as const], triggerLogits: [[0, 1] as [number, number], null], logprobs: null, insertions: { prompt: 1, inference: 0 } }
    send({ kind: 'completion', callId, completion: { sampleId, repeat, ...kept, ...(latents !== undefined && { record: { ...fakeRecord(text, latents), donors: donors.length === 0 ? null : { prompt: [0], inference: [0, donors.length - 1] } } }), finish: error === null ? 'eos' : 'error', error } })
  }
  return null
}

const NO_CENTROIDS = 'The intervention drop-cluster needs centroids, and none were given.'

function lacksCentroids({ intervention }: RunConfig, centroids: Matrix | undefined): boolean {
  return intervention?.kind === 'drop-cluster' && centroids === undefined
}

/** Each donor's block is made of its position. */
function weaveDonors({ donors, positions }: EngineCalls['weaveDonors']['request']): EngineCalls['weaveDonors']['response'] {
  const blockOf = (position: number) => {
    if (donors[position] === undefined) throw new FakeFailure({ code: null, message: `no donor ${position}`, stack: null })
    return fakeBlock(100 + position)
  }
  return { prompt: positions.prompt.map(blockOf), inference: positions.inference.map(blockOf) }
}

const halts = new Map<number, { stopRequested: boolean; pauseRequested: boolean }>()

async function train({ config }: EngineCalls['train']['request'], callId: number): Promise<null> {
  const halt = { stopRequested: false, pauseRequested: false }
  halts.set(callId, halt)
  await fakeTraining(config, (event) => send({ kind: 'training', callId, event }), halt)
  return null
}

/** Where each model stands. */
const placements = new Map<string, Placement>()

function load({ modelId, location, device, precision }: EngineCalls['load']['request'], callId: number): LoadedModel {
  if (location.reasonerDir.includes('missing')) {
    throw new FakeFailure({ code: 'CHECKPOINT_INVALID', message: `${location.reasonerDir}: no such folder`, path: location.reasonerDir, tensorName: null, field: null })
  }
  if (location.reasonerDir.includes('too-large')) throw new FakeFailure({ code: 'MEMORY_INSUFFICIENT', message: 'too large', device, neededBytes: 8e9, availableBytes: 2e9 })
  for (const [id, { modelId: used }] of rollouts) if (used === modelId) rollouts.delete(id)
  placements.delete(modelId)
  if (device !== 'cpu') tryDevice(location, device)
  send({ kind: 'progress', callId, stage: 'reading weights', fraction: 0.5 })
  placements.set(modelId, { device, precision })
  return { ...loadedModel, device, precision }
}

function tryDevice({ reasonerDir }: ModelLocation, device: Device): void {
  if (reasonerDir.includes('deadly-gpu')) process.exit(7)
  if (reasonerDir.includes('no-gpu')) throw new FakeFailure({ code: 'DEVICE_UNAVAILABLE', message: `The device ${device} cannot be used: no adapter`, device, reason: 'no adapter' })
  if (reasonerDir.includes('small-gpu')) throw new FakeFailure({ code: 'MEMORY_INSUFFICIENT', message: 'too large', device, neededBytes: 8e9, availableBytes: 2e9 })
}

/** Only the CPU is never lost. */
function useDevice(modelId: string): void {
  const { device = 'cpu' } = placements.get(modelId) ?? {}
  if (device !== 'cpu') throw new FakeFailure({ code: 'DEVICE_UNAVAILABLE', message: `The device ${device} was lost`, device, reason: 'the device was lost' })
}

function calibrate({ location, device, precision }: LoadRequest): DeviceSpeed {
  if (device !== 'cpu') tryDevice(location, device)
  const speed = device === 'cpu' ? 10 : location.reasonerDir.includes('slow-gpu') ? 5 : 20
  return { device, precision, decodeTokensPerSecond: speed, batchTokensPerSecond: 4 * speed, prefillTokensPerSecond: 20 * speed, elapsedMs: 1, measuredAt: process.pid }
}

const loadedModel: LoadedModel = {
  family: 'qwen2',
  device: 'cpu',
  precision: 'f32',
  fallback: null,
  memory: { estimatedBytes: 1000, measuredBytes: null },
  hiddenSize: FAKE_SIZES.hiddenSize,
  numHiddenLayers: 2,
  vocabSize: 64,
  maxPositionEmbeddings: 128,
  parameterCount: 1000,
  hasMemory: true,
  variant: 'memgen',
  promptLatentsLen: FAKE_SIZES.latents,
  inferenceLatentsLen: FAKE_SIZES.latents,
  maxInferenceAugNum: 8,
  triggerActive: true,
  baseCopies: 1,
  delimiters: [',', '.', '\n'],
  gates: ['text'],
  vocabularyNormQuantiles: [0, 1, 2, 3, 4, 5, 6],
  warnings: [],
}

const fakeEstimate: MemoryEstimate = {
  device: 'cpu',
  precision: 'f32',
  baseCopies: 1,
  weightsBytes: 1000,
  memoryPartsBytes: 10,
  cacheBytesPerToken: 1,
  peakBytes: 1500,
  residentBytes: 1200,
  deviceBytes: 0,
  sideFileBytes: 0,
  reason: 'All roles share one base.',
}

/** What is said of a folder without config.json. */
function unreadableHealth(path: string): CheckpointHealth {
  const values = { path: `${path}/config.json` }
  return { path, kind: 'unreadable', verdict: 'error', checks: [{ id: 'reasoner.readable', title: 'Readable', verdict: 'error', detail: `${values.path}: cannot be opened`, values }], files: [], memory: null }
}

type Answers = { [Name in keyof EngineCalls]: (args: EngineCalls[Name]['request'], callId: number) => EngineCalls[Name]['response'] | Promise<EngineCalls[Name]['response']> }

const answers: Answers = {
  inspect: ({ location }) => {
    if (location.reasonerDir.includes('unreadable')) return unreadableHealth(location.reasonerDir)
    if (location.reasonerDir.includes('checkpoint-alone')) return { ...unreadableHealth(location.reasonerDir), checks: [{ id: 'reasoner.is-base', title: 'A base model', verdict: 'error', detail: 'A checkpoint.' }] }
    throw new FakeFailure({ code: 'CHECKPOINT_INVALID', message: `${location.reasonerDir}/config.json: not found`, path: `${location.reasonerDir}/config.json`, tensorName: null, field: 'model_type' })
  },
  load,
  estimateMemory: ({ placements }) => ({ estimates: placements.map((placement) => ({ ...fakeEstimate, ...placement })), availableBytes: 1e9 }),
  modelShape: ({ location }) => `fake ${location.reasonerDir}`,
  calibrate,
  listDevices: () => (process.env['FAKE_ENGINE_DEVICES'] ?? 'cpu').split(',').map((name) => deviceSchema.parse(name)),
  profile: () => {
    throw new FakeFailure({ code: null, message: 'the fake engine takes no profiles', stack: null })
  },
  unload: ({ modelId }) => {
    placements.delete(modelId)
    return null
  },
  open: ({ rolloutId, modelId, prompt, config, sampleId, repeat, changes = [], donor = null, centroids }) => {
    const rendered = renderPrompt(prompt)
    if (lacksCentroids(config, centroids)) throw new FakeFailure({ code: 'PROMPT_REJECTED', message: NO_CENTROIDS, promptLength: null, limit: null })
    rollouts.set(rolloutId, { modelId, promptText: textOf(prompt), draws: { sampleId, repeat }, config, changes, donor, nextIndex: 0, phase: null, isTwinRunning: false })
    return rendered
  },
  restore: ({ rolloutId, modelId, config, sampleId, repeat, changes, donor = null, record }) => {
    rollouts.set(rolloutId, { modelId, promptText: '', draws: { sampleId, repeat }, config, changes, donor, nextIndex: record.steps.length, phase: null, isTwinRunning: false })
    return null
  },
  fork: ({ rolloutId, forkId, stepIndex, change }) => {
    const rollout = findRollout(rolloutId)
    rollouts.set(forkId, { ...rollout, changes: changesOfFork(rollout.changes, change), nextIndex: stepIndex, phase: null })
    return null
  },
  phase,
  setTwin: ({ rolloutId, isEnabled }) => {
    findRollout(rolloutId).isTwinRunning = isEnabled
    return null
  },
  steps,
  close: ({ rolloutId }) => {
    rollouts.delete(rolloutId)
    return null
  },
  preview: ({ prompt }) => renderPrompt(prompt),
  tokenize: ({ text }) => [...text].map((character) => ({ tokenId: character.codePointAt(0) ?? 0, text: character })),
  truncate: ({ text, maxTokens }) => (text.length > maxTokens ? { text: `${text.slice(0, maxTokens - 3)}...`, isTruncated: true } : { text, isTruncated: false }),
  ...fakeAnalysis,
  complete,
  weaveDonors,
  train,
  forgetTraining: () => null,
  describeTraining: () => ({ ...fakeParameters, withoutEffect: [] }),
}

type AnyResponse = EngineCalls[keyof EngineCalls]['response']

async function answer(request: EngineRequest): Promise<void> {
  try {
    // One table for all calls; the pairing of name and arguments is the request's own type.
    const result = await (answers[request.call] as (args: unknown, callId: number) => AnyResponse | Promise<AnyResponse>)(request.arguments, request.callId)
    send({ kind: 'response', callId: request.callId, result })
  } catch (error) {
    const failure = error instanceof FakeFailure ? error.failure : { code: null, message: error instanceof Error ? error.message : String(error), stack: null }
    send({ kind: 'failure', callId: request.callId, failure })
  }
}

process.on('message', (message) => {
  const request = message as EngineRequest | EngineCancellation | EngineHalt
  const halt = halts.get(request.callId)
  if (request.call === 'cancel') cancelled.add(request.callId)
  else if (request.call === 'halt') Object.assign(halt ?? {}, { [request.reason === 'pause' ? 'pauseRequested' : 'stopRequested']: true })
  else void answer(request)
})
process.once('disconnect', () => process.exit(0))
if (process.env['FAKE_ENGINE_DIES_AT_START'] === undefined) send({ kind: 'ready', pid: process.pid })
else {
  process.stderr.write('fake engine: told to die at start\n')
  process.exit(9)
}

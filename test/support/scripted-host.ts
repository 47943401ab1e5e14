/**
 * @file A host for looking at the renderer without an engine: the contract in memory, replaying golden case qwen2 r2 over
 * and over with plausible numbers. It serves a built renderer; it does not know models or weights.
 *
 *     node test/support/scripted-host.ts <renderer folder> [port]
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer } from 'ws'
import { contract } from '../../src/shared/contract/index.ts'
import type { EngineStatus } from '../../src/shared/domain/engine-status.ts'
import { modelIdSchema, runIdSchema, traceIdSchema, weaveIdSchema, type TraceId } from '../../src/shared/domain/identifiers.ts'
import type { AdvanceUntil, SessionEvent, SessionState } from '../../src/shared/domain/session.ts'
import type { Step } from '../../src/shared/domain/step.ts'
import type { Trace } from '../../src/shared/domain/trace.ts'
import type { Weave } from '../../src/shared/domain/weave.ts'
import { jsonSerializers } from '../../src/shared/serializers.ts'

const [rendererDir = 'out/renderer', port = '4180'] = process.argv.slice(2)
const STEP_MS = 20
const golden = JSON.parse(readFileSync(new URL('../golden/qwen2/golden.json', import.meta.url), 'utf8'))
const request = golden.requests[1]
const { new_ids: [newIds], augmentation_pos: [decisions], trigger_calls: triggerCalls } = request.expected
const words = [' the', ' apples', ' left', ' is', ',', ' so', ' 12', ' −', ' 5', ' =', ' 7', '.', '\n', ' farmer', ' gives', '\u202e', '', ' 日本', ' word', ' café']
const modelId = modelIdSchema.parse('sample')

interface Live { trace: Trace; state: SessionState; shouldPause: boolean; listeners: Set<(event: SessionEvent) => void> }
const lives = new Map<TraceId, Live>()
const statusListeners = new Set<(status: EngineStatus) => void>()
let status: EngineStatus = { kind: 'ready', pid: 4242, loadedModels: [modelId] }

/** Deterministic numbers in [0, 1). */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453
  return value - Math.floor(value)
}

function scriptedStep(index: number, { config }: Trace['header'], insertions: number): { step: Step; weave: Weave | null } {
  const place = index % newIds.length
  const call = triggerCalls.find((candidate: { step: number }) => candidate.step === place)
  const isAsked = call !== undefined && config.policy.kind !== 'vanilla'
  const isConstant = config.triggerActive === false && config.policy.kind === 'trigger'
  const isModel = config.policy.kind === 'trigger' && !isConstant
  const decision = !isAsked ? -100 : isModel ? decisions[place] : 1
  const logits: [number, number] | null = isAsked && isModel ? call.logits : null
  const weaveId = decision === 1 ? weaveIdSchema.parse(`w${index}`) : null
  const text = call !== undefined && place > 0 ? [',', '.', '\n'][index % 3] ?? ',' : (words[(index * 7) % words.length] ?? '')
  const logprobs = Array.from({ length: 10 }, (_, rank) => Math.log((0.3 + 0.5 * noise(index)) * 0.5 ** rank))
  const step: Step = {
    index, tokenId: newIds[place], text, logprob: logprobs[index % 4] ?? -1, entropy: 1 + 3 * noise(index + 0.5),
    topK: logprobs.map((logprob, rank) => ({ tokenId: rank === index % 4 ? newIds[place] : 500 + rank, text: rank === index % 4 ? text : (words[(index + rank) % words.length] ?? ''), logprob })),
    candidate: call !== undefined, gateReason: call === undefined ? null : index === 0 ? 'the prompt just ended' : `text ends with ${JSON.stringify(text)}`,
    triggerLogits: logits, pInvoke: logits === null ? null : 1 / (1 + Math.exp(logits[0] - logits[1])),
    decision, decisionSource: !isAsked ? null : isConstant ? 'constant' : isModel ? 'model' : 'policy',
    augmentationCount: insertions + (decision === 1 && index > 0 ? 1 : 0), weaveId, randomState: { token: [], trigger: [], policy: [] },
    elapsedMs: { decide: isAsked ? 6 : 0, weave: weaveId === null ? 0 : 14, decode: 18 + 4 * noise(index) },
  }
  if (weaveId === null) return { step, weave: null }
  const matrix = { rows: 3, columns: 48, data: new Float32Array(144) }
  const norms = [0, 1, 2].map((latent) => 4.5 + 3 * noise(index + latent))
  const nearest = norms.map((_, latent) => [0, 1, 2, 3].map((rank) => ({ tokenId: rank, text: words[(index + latent + rank) % words.length] ?? '', cosine: 0.34 - 0.04 * rank })))
  return { step, weave: { id: weaveId, stepIndex: index, kind: index === 0 ? 'prompt' : 'inference', contextLength: 39 + index, latentsBeforeProjection: matrix, latents: matrix, norms, normsBeforeProjection: norms.map((norm) => norm * 1.2), nearest } }
}

function emit(live: Live, event: SessionEvent): void {
  for (const listener of live.listeners) listener(event)
}

function setState(live: Live, state: SessionState): void {
  live.state = state
  emit(live, { kind: 'state', state, header: live.trace.header })
}

function open(input: Pick<Trace['header'], 'config' | 'prompt'>): { header: Trace['header']; promptTokens: Trace['promptTokens']; state: SessionState } {
  const id = traceIdSchema.parse(`trace-${lives.size + 1}`)
  const header: Trace['header'] = {
    id, runId: runIdSchema.parse('run'), modelId, modelName: 'MemGen sample (qwen2)', ...input, renderedPrompt: request.rows[0].prompt_text, finish: null, error: null,
    stepCount: 0, weaveCount: 0, preview: '', createdAt: Date.now(), updatedAt: Date.now(),
  }
  const pieces = String(request.rows[0].prompt_text).match(/<\|[^|]+\|>|\n|\s?[^\s<]{1,4}/g) ?? []
  const promptTokens = pieces.map((text, index) => ({ tokenId: index, text, embeddingNorm: 0.9 + 0.4 * noise(index) }))
  const live: Live = { trace: { header, promptTokens, steps: [], weaves: [] }, state: { kind: 'paused' }, shouldPause: false, listeners: new Set() }
  lives.set(id, live)
  return { header, promptTokens, state: live.state }
}

async function advance(live: Live, until: AdvanceUntil): Promise<void> {
  const { trace } = live
  live.shouldPause = false
  setState(live, { kind: 'running', until })
  for (;;) {
    await sleep(STEP_MS)
    const { step, weave } = scriptedStep(trace.steps.length, trace.header, trace.steps.at(-1)?.augmentationCount ?? 0)
    trace.steps.push(step)
    if (weave !== null) trace.weaves.push(weave)
    trace.header = { ...trace.header, stepCount: trace.steps.length, weaveCount: trace.weaves.length, preview: (trace.header.preview + step.text).slice(0, 120) }
    emit(live, { kind: 'step', step, weave })
    if (trace.steps.length >= trace.header.config.maxNewTokens) {
      trace.header = { ...trace.header, finish: 'length' }
      return setState(live, { kind: 'finished', finish: 'length' })
    }
    if (until === 'step' || live.shouldPause || (until === 'decision' && step.decision !== -100)) return setState(live, { kind: 'paused' })
  }
}

async function* listen<Event>(listeners: Set<(event: Event) => void>, past: Iterable<Event>, signal: AbortSignal | undefined): AsyncGenerator<Event> {
  const queue = [...past]
  let wake = (): void => {}
  const listener = (event: Event): void => { queue.push(event); wake() }
  listeners.add(listener)
  signal?.addEventListener('abort', () => wake())
  try {
    while (signal?.aborted !== true) {
      yield* queue.splice(0)
      if (queue.length === 0) await new Promise<void>((resolve) => { wake = resolve })
    }
  } finally { listeners.delete(listener) }
}

const os = implement(contract)
const router = os.router({
  models: {
    list: os.models.list.handler(() => [{ id: modelId, name: 'MemGen sample (qwen2)', location: { reasonerDir: '/app/resources/sample/base', checkpointDir: '/app/resources/sample/memgen' }, isBundled: true, label: 'Random weights sample: it shows how the workbench works, its text means nothing.' }]),
    add: os.models.add.handler(({ errors, input }) => { throw errors.CHECKPOINT_INVALID({ message: 'The header of this file claims 12 MiB, but the file holds 3 MiB.', data: { path: `${input.location.reasonerDir}/model.safetensors`, tensorName: 'model.embed_tokens.weight', field: 'data_offsets' } }) }),
    remove: os.models.remove.handler(() => {}),
    inspect: os.models.inspect.handler(({ input }) => ({
      path: '/app/resources/sample/memgen', kind: 'memgen' as const, verdict: 'warning' as const,
      checks: [
        { id: 'checkpoint.tensors', title: 'Every expected tensor is there', verdict: 'ok' as const, detail: '58 of 58 tensors found, none unused.' },
        { id: 'weaver.adapter', title: 'The weaver’s adapter is in effect', verdict: 'ok' as const, detail: '16 of 16 LoRA pairs loaded, none at its initial value.' },
        { id: 'trigger.head', title: 'The trigger’s head is trained', verdict: 'warning' as const, detail: 'output_layer lies within the bound of its initialisation (0.144). It may never have been trained.' },
        { id: 'latents.norms', title: 'Latent norms are near embedding norms', verdict: 'warning' as const, detail: 'Latents have 5.6 times the median norm of the vocabulary.' },
      ],
      files: ['config.json', 'projs.bin', 'weaver.bin', 'trigger.bin'].map((path, index) => ({ path, sizeBytes: 1200 * (index + 1) ** 4, ...(input.sha256 ? { sha256: 'ab'.repeat(32) } : {}) })),
      memory: { baseCopies: 1, weightsBytes: 2_100_000, memoryPartsBytes: 90_000, cacheBytesPerToken: 1536, peakBytes: 2_600_000, reason: 'Reasoner, weaver and trigger name the same base model, so one copy serves all three.' },
    })),
    load: os.models.load.handler(() => ({
      family: 'qwen2', device: 'cpu' as const, hiddenSize: 48, numHiddenLayers: 4, vocabSize: 296, maxPositionEmbeddings: 512, parameterCount: 131_424, hasMemory: true, variant: 'memgen' as const,
      promptLatentsLen: 4, inferenceLatentsLen: 3, maxInferenceAugNum: 16, triggerActive: true, baseCopies: 1, delimiters: [',', '.', '\n'], gates: ['text' as const],
      vocabularyNormQuantiles: [0.4, 0.8, 0.95, 1.05, 1.15, 1.4, 1.9], warnings: [],
    })),
  },
  sessions: {
    open: os.sessions.open.handler(({ input }) => open(input)),
    restart: os.sessions.restart.handler(({ input, errors }) => {
      const live = lives.get(input.traceId)
      if (live === undefined) throw errors.TRACE_NOT_FOUND({ data: input })
      return open({ config: live.trace.header.config, prompt: live.trace.header.prompt })
    }),
    advance: os.sessions.advance.handler(({ input }) => {
      const live = lives.get(input.traceId)
      if (live?.state.kind === 'paused') void advance(live, input.until)
    }),
    pause: os.sessions.pause.handler(({ input }) => {
      const live = lives.get(input.traceId)
      if (live !== undefined) live.shouldPause = true
    }),
    events: os.sessions.events.handler(({ input, errors, signal }) => {
      const live = lives.get(input.traceId)
      if (live === undefined) throw errors.TRACE_NOT_FOUND({ data: input })
      const past = live.trace.steps.slice(input.fromStep).map((step): SessionEvent => ({ kind: 'step', step, weave: live.trace.weaves.find((weave) => weave.id === step.weaveId) ?? null }))
      return listen<SessionEvent>(live.listeners, [...past, { kind: 'state', state: live.state, header: live.trace.header }], signal)
    }),
  },
  log: {
    traces: os.log.traces.handler(({ input }) => {
      const found = [...lives.values()].map((live) => live.trace.header).filter((header) => JSON.stringify(header).includes(input.search)).reverse()
      return { traces: found, total: found.length }
    }),
    trace: os.log.trace.handler(({ input, errors }) => {
      const live = lives.get(input.traceId)
      if (live === undefined) throw errors.TRACE_NOT_FOUND({ data: input })
      return { trace: live.trace, state: live.state }
    }),
  },
  system: {
    about: os.system.about.handler(() => ({ version: '0', shell: 'browser' as const, logPath: '', versions: {} })),
    engineStatus: os.system.engineStatus.handler(({ signal }) => listen(statusListeners, [status], signal)),
  },
})

const contentTypes: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const server = createServer((incoming, response) => {
  const { pathname } = new URL(incoming.url ?? '/', 'http://localhost')
  if (pathname === '/lose-engine') {
    status = { kind: 'lost', exitCode: null, signal: 'SIGKILL', lost: 'The engine process was ended by SIGKILL.' }
    for (const listener of statusListeners) listener(status)
    for (const live of lives.values()) setState(live, { kind: 'recorded', reason: status.lost })
    status = { kind: 'ready', pid: 4243, loadedModels: [modelId] }
    for (const listener of statusListeners) listener(status)
    return response.end()
  }
  try {
    const path = normalize(join(rendererDir, pathname === '/' ? 'index.html' : pathname))
    const body = readFileSync(path)
    response.writeHead(200, { 'content-type': contentTypes[extname(path)] ?? 'application/octet-stream', 'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'" }).end(body)
  } catch {
    response.writeHead(404).end()
  }
})
const handler = new RPCHandler(router, { customJsonSerializers: jsonSerializers })
new WebSocketServer({ server, path: '/rpc' }).on('connection', (socket) => void handler.upgrade(socket, { context: {} }))
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`))

/** @file Traces, steps and weaves for tests of whatever records or shows them: plain ones, and arbitrary ones with the hardest values. */
import fc from 'fast-check'
import type { AppliedChange, LatentEdit, TraceChange } from '../../src/shared/domain/branch.ts'
import type { Certificate } from '../../src/shared/domain/certificate.ts'
import type { TraceId, WeaveId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { Step } from '../../src/shared/domain/step.ts'
import type { Matrix, Weave } from '../../src/shared/domain/weave.ts'
import type { NewTrace } from '../../src/main/log/index.ts'

/** Ids are brands only the app's own makers may put on; tests are such makers. */
export const traceId = (text: string) => text as TraceId
const weaveId = (text: string) => text as WeaveId

export function newTrace(id: string, changes: Partial<NewTrace> = {}): NewTrace {
  return {
    id: traceId(id),
    runId: `run of ${id}` as NewTrace['runId'],
    modelId: 'sample' as NewTrace['modelId'],
    modelName: 'Sample',
    prompt: { kind: 'text', text: 'What is 2 + 3?' },
    renderedPrompt: 'What is 2 + 3?',
    config: runConfigSchema.parse({}),
    promptTokens: [{ tokenId: 17, text: 'What', embeddingNorm: 0.5 }],
    parent: null,
    changes: [],
    origin: null,
    placement: { device: 'cpu', precision: 'f32' },
    ...changes,
  }
}

/** A trace forked off trace `parentId` made by {@link newTrace}. */
export function newBranch(id: string, parentId: string, stepIndex: number): NewTrace {
  const { runId } = newTrace(parentId)
  return newTrace(id, { runId, parent: { traceId: traceId(parentId), stepIndex }, changes: [{ stepIndex, change: { kind: 'decision', decision: 1 } }] })
}

export const plainCertificate: Certificate = {
  verdict: 'differs',
  comparedSteps: 12,
  firstDifference: { stepIndex: 7, what: 'token', topGap: 0.5 },
  largestLogprobDifference: 1e-6,
  largestTriggerLogitDifference: 0,
  largestLatentDifference: 0.25,
  device: 'cpu',
  createdAt: 5_000,
}

export function plainStep(index: number, changes: Partial<Step> = {}): Step {
  return {
    index,
    tokenId: 100 + index,
    text: ` word${index}`,
    logprob: -0.25,
    entropy: 1.5,
    topK: Array.from({ length: 10 }, (_, rank) => ({ tokenId: rank, text: `t${rank}`, logprob: -0.25 - rank })),
    candidate: index === 0,
    gateReason: null,
    triggerLogits: null,
    pInvoke: null,
    decision: -100,
    decisionSource: null,
    augmentationCount: 0,
    weaveId: null,
    randomState: { token: [1, -2, 3, 4], trigger: [5, 6, 7, 8], policy: [9, 10, 11, 12] },
    elapsedMs: { decide: 0.5, weave: 0, decode: 12.25 },
    twin: null,
    ...changes,
  }
}

/** A step with the weave before it, of 8 latents. */
export function plainInsertion(index: number, hidden = 64): { step: Step; weave: Weave } {
  const id = weaveId(`weave ${index}`)
  const matrix = (): Matrix => ({ rows: 8, columns: hidden, data: Float32Array.from({ length: 8 * hidden }, (_, at) => at / 7) })
  return {
    step: plainStep(index, { candidate: true, triggerLogits: [0.5, 1.5], pInvoke: 0.73, decision: 1, decisionSource: 'model', augmentationCount: 1, weaveId: id }),
    weave: {
      id,
      stepIndex: index,
      kind: index === 0 ? 'prompt' : 'inference',
      contextLength: 5 + index,
      latentsBeforeProjection: matrix(),
      latents: matrix(),
      norms: Array.from({ length: 8 }, (_, row) => row + 0.5),
      normsBeforeProjection: Array.from({ length: 8 }, (_, row) => row + 0.25),
      nearest: Array.from({ length: 8 }, (_, row) => [{ tokenId: row, text: `near${row}`, cosine: 0.1 * row }]),
    },
  }
}

/** Any UTF-16 at all: lone surrogates, U+0000, noncharacters and escapes that look like the log's own. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\ud800', '\udc00\ud800', 'a\0b', '\ufdd0', '\ufdd0d800', '\ufdd00000', 'NaN', '-0', '12', "'; drop table step; --"),
)
/** Any double but negative zero, which is recorded as zero. */
const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 5e-324, 2 ** 60)).map((value) => value + 0)
const anyTokenId = fc.nat({ max: 1_000_000 })
const anyCount = fc.nat({ max: 1_000 })
const anyStreamState = fc.array(fc.integer(), { minLength: 4, maxLength: 4 })

const anyMatrix: fc.Arbitrary<Matrix> = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 5 })).chain(([rows, columns]) =>
  fc.float32Array({ minLength: rows * columns, maxLength: rows * columns }).map((data) => ({ rows, columns, data })),
)

const anyTopK = fc.array(fc.record({ tokenId: anyTokenId, text: anyText, logprob: anyNumber }), { maxLength: 4 })

const anyStep: fc.Arbitrary<Step> = fc.record({
  index: fc.constant(0),
  tokenId: anyTokenId,
  text: anyText,
  logprob: anyNumber,
  entropy: anyNumber,
  topK: anyTopK,
  candidate: fc.boolean(),
  gateReason: fc.option(anyText),
  triggerLogits: fc.option(fc.tuple(anyNumber, anyNumber)),
  pInvoke: fc.option(anyNumber),
  decision: fc.constantFrom(-100 as const, 0 as const, 1 as const),
  decisionSource: fc.constantFrom('model' as const, 'constant' as const, 'policy' as const, 'forced' as const, null),
  augmentationCount: anyCount,
  weaveId: fc.constant(null),
  randomState: fc.record({ token: anyStreamState, trigger: anyStreamState, policy: anyStreamState }),
  elapsedMs: fc.record({ decide: anyNumber, weave: anyNumber, decode: anyNumber }),
  twin: fc.option(fc.record({ tokenId: anyTokenId, text: anyText, logprob: anyNumber, kl: anyNumber })),
})

const anyIntervention: fc.Arbitrary<LatentEdit> = fc.oneof(
  fc.constantFrom<LatentEdit>({ kind: 'zero' }, { kind: 'mean' }, { kind: 'shuffle' }, { kind: 'random-norm' }, { kind: 'other' }),
  fc.record({ kind: fc.constant('scale' as const), factor: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0) }),
  fc.record({ kind: fc.constant('pause' as const), token: fc.oneof(anyTokenId, fc.string({ minLength: 1, unit: 'binary' })) }),
  fc.record({ kind: fc.constant('swap' as const), traceId: fc.constant(traceId('another')), weaveId: anyText.map((text) => weaveId(`weave ${text}`)) }),
  fc.record({ kind: fc.constant('drop' as const), latents: fc.array(anyCount, { minLength: 1, maxLength: 4 }) }),
)

/** Changes of every kind, in order of steps. */
export const anyChanges: fc.Arbitrary<AppliedChange[]> = fc
  .array(
    fc.record({
      stepIndex: anyCount,
      change: fc.oneof<fc.Arbitrary<TraceChange>[]>(
        fc.constant({ kind: 'none' }),
        fc.record({ kind: fc.constant('decision'), decision: fc.constantFrom(0, 1) }),
        fc.record({ kind: fc.constant('tokens'), tokenIds: fc.array(anyTokenId, { minLength: 1, maxLength: 3 }), text: anyText }),
        fc.record({ kind: fc.constant('latents'), edit: anyIntervention }),
        fc.constant({ kind: 'config', config: runConfigSchema.parse({ policy: { kind: 'candidates', ordinals: [0, 2] }, sampling: { doSample: true } }) }),
      ),
    }),
    { maxLength: 3 },
  )
  .map((changes) => changes.toSorted((one, other) => one.stepIndex - other.stepIndex))

export const anyCertificate: fc.Arbitrary<Certificate> = fc.record({
  verdict: fc.constantFrom('exact', 'same-tokens', 'differs'),
  comparedSteps: anyCount,
  firstDifference: fc.option(fc.record({ stepIndex: anyCount, what: fc.constantFrom('token', 'decision', 'length'), topGap: fc.option(anyNumber) })),
  largestLogprobDifference: anyNumber,
  largestTriggerLogitDifference: anyNumber,
  largestLatentDifference: anyNumber,
  device: anyText,
  createdAt: anyCount,
})

const anyWeave: fc.Arbitrary<Weave> = fc.record({
  id: fc.constant(weaveId('set below')),
  stepIndex: fc.constant(0),
  kind: fc.constantFrom('prompt' as const, 'inference' as const),
  contextLength: anyCount,
  latentsBeforeProjection: anyMatrix,
  latents: anyMatrix,
  norms: fc.array(anyNumber, { maxLength: 4 }),
  normsBeforeProjection: fc.array(anyNumber, { maxLength: 4 }),
  nearest: fc.array(fc.array(fc.record({ tokenId: anyTokenId, text: anyText, cosine: anyNumber }), { maxLength: 2 }), { maxLength: 3 }),
  intervention: anyIntervention,
}, { requiredKeys: ['id', 'stepIndex', 'kind', 'contextLength', 'latentsBeforeProjection', 'latents', 'norms', 'normsBeforeProjection', 'nearest'] })

/** Steps 0, 1, 2… with weaves where there are any, as a rollout would report them. */
export const anySteps: fc.Arbitrary<{ step: Step; weave: Weave | null }[]> = fc
  .array(fc.record({ step: anyStep, weave: fc.option(anyWeave), idText: anyText }), { maxLength: 5 })
  .map((recorded) =>
    recorded.map(({ step, weave, idText }, index) => {
      const id = weaveId(`${index} ${idText}`)
      return { step: { ...step, index, weaveId: weave === null ? null : id }, weave: weave === null ? null : { ...weave, id, stepIndex: index } }
    }),
  )

const anyPrompt: fc.Arbitrary<NewTrace['prompt']> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: anyText }),
  fc.record({
    kind: fc.constant('messages' as const),
    messages: fc.array(fc.record({ role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const, 'tool' as const), content: anyText }), { minLength: 1, maxLength: 3 }),
  }),
)

/** A trace to create; its id is distinct in each draw only if `id` is made so. */
export function anyNewTrace(id: string): fc.Arbitrary<NewTrace> {
  return fc
    .record({
      modelName: anyText,
      prompt: anyPrompt,
      renderedPrompt: anyText,
      promptTokens: fc.array(fc.record({ tokenId: anyTokenId, text: anyText, embeddingNorm: anyNumber }), { maxLength: 4 }),
    })
    .map((drawn) => newTrace(id, drawn))
}

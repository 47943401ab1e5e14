/**
 * @file `node bench/big-trace.ts DIR [--tokens 100000] [--insertions 2000] [--json]`: writes a log with one long trace into a folder
 * and measures how long the log takes to open it. No model is asked: the numbers are drawn, of the size that a small model gives.
 * It does not know how they are shown.
 *
 * Steps go into the database in bulk and unflushed: committed one by one, as a generation commits them, they would take minutes.
 */
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serialize } from 'node:v8'
import Database from 'better-sqlite3'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { openLog } from '../src/main/log/index.ts'
import { toStepRow } from '../src/main/log/rows/step-row.ts'
import { toWeaveRow } from '../src/main/log/rows/weave-row.ts'
import type { ModelId, RunId, TraceId, WeaveId } from '../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../src/shared/domain/run-config.ts'
import type { Step } from '../src/shared/domain/step.ts'
import { traceOverviewSchema } from '../src/shared/domain/trace-columns.ts'
import type { Matrix, Weave } from '../src/shared/domain/weave.ts'

export interface BigTraceOptions {
  /** @default 100000 */
  readonly tokens?: number
  /** At most a tenth of the tokens: only every tenth is a candidate. @default 2000 */
  readonly insertions?: number
}

const LATENTS = 4
const HIDDEN = 128
const TOP_K = 10
const CANDIDATE_EVERY = 10
const NEAREST = 5
const VOCABULARY = [' the', ' sum', ' of', ' two', ' and', ' three', ' is', ' five', ' so', ' we', ' add', ' it', ' once', ' more', ' żółw', ' 7', '\n']
const DELIMITERS = ['.', ',', '.\n']
const REPEATS = 5

/** Makes a log, or adds to it, one finished trace. Same options, same content. */
export async function writeBigTrace(path: string, { tokens = 100_000, insertions = 2_000 }: BigTraceOptions = {}): Promise<TraceId> {
  const id = `big-${tokens}-${insertions}` as TraceId
  const log = await openLog(path)
  const promptTokens = ['Count', ' on', '.'].map((text, at) => ({ tokenId: 300 + at, text, embeddingNorm: 1.25 + at / 8 }))
  const prompt = { kind: 'text' as const, text: 'Count on.' }
  await log.createTrace({
    id,
    runId: `run of ${id}` as RunId,
    modelId: 'bench' as ModelId,
    modelName: 'Drawn numbers',
    placement: null,
    prompt,
    renderedPrompt: prompt.text,
    config: runConfigSchema.parse({ maxNewTokens: tokens }),
    promptTokens,
    parent: null,
    changes: [],
    origin: null,
  })

  const database = new Database(path)
  database.pragma('synchronous = OFF')
  const [insertWeave, insertStep] = [rowInserter(database, 'weave'), rowInserter(database, 'step')]
  database.transaction(() => {
    let generatedText = ''
    for (const { step, weave } of drawSteps(tokens, insertions)) {
      if (weave !== null) insertWeave(toWeaveRow(id, weave))
      insertStep(toStepRow(id, step))
      generatedText += step.text
    }
    database.prepare('update trace set step_count = ?, weave_count = ?, generated_text = ? where id = ?').run(tokens, insertions, generatedText, id)
  })()
  database.close()

  await log.finishTrace(id, 'length', null)
  await log.close()
  return id
}

function* drawSteps(tokens: number, insertions: number): Generator<{ step: Step; weave: Weave | null }> {
  const generator = xoroshiro128plus(42)
  const draw = (): number => uniformFloat64(generator)
  const candidates = Math.ceil(tokens / CANDIDATE_EVERY)
  if (insertions > candidates) throw new RangeError(`${tokens} tokens have ${candidates} candidates, too few for ${insertions} insertions`)
  let inserted = 0
  for (let index = 0; index < tokens; index++) {
    const candidate = index % CANDIDATE_EVERY === 0
    // Spread evenly over the candidates.
    const isInsertion = candidate && Math.floor(((index / CANDIDATE_EVERY + 1) * insertions) / candidates) > inserted
    if (isInsertion) inserted += 1
    const weave = isInsertion ? drawWeave(index, draw) : null
    yield { step: drawStep(index, { candidate, weave, augmentationCount: Math.max(0, inserted - 1) }, draw), weave }
  }
}

function drawStep(index: number, { candidate, weave, augmentationCount }: { candidate: boolean; weave: Weave | null; augmentationCount: number }, draw: () => number): Step {
  const isDelimiter = index % CANDIDATE_EVERY === CANDIDATE_EVERY - 1
  const words = isDelimiter ? DELIMITERS : VOCABULARY
  const logprob = Math.log(1 - 0.8 * draw())
  const pInvoke = weave === null ? 0.5 * draw() : 0.5 + 0.5 * draw()
  const logit = Math.log(pInvoke / (1 - pInvoke))
  return {
    index,
    tokenId: Math.floor(draw() * 151_000),
    text: words[Math.floor(draw() * words.length)] ?? '',
    logprob,
    entropy: 4 * draw(),
    topK: Array.from({ length: TOP_K }, (_, rank) => ({ tokenId: Math.floor(draw() * 151_000), text: VOCABULARY[rank] ?? '', logprob: logprob - rank * draw() })),
    candidate,
    gateReason: candidate ? 'the text ends with "."' : null,
    triggerLogits: candidate ? [-logit / 2, logit / 2] : null,
    pInvoke: candidate ? pInvoke : null,
    decision: weave !== null ? 1 : candidate ? 0 : -100,
    decisionSource: candidate ? 'model' : null,
    augmentationCount,
    weaveId: weave?.id ?? null,
    randomState: { token: drawState(draw), trigger: drawState(draw), policy: drawState(draw) },
    elapsedMs: { decide: candidate ? 2 + draw() : 0.05, weave: weave === null ? 0 : 20 + 5 * draw(), decode: 12 + 3 * draw() },
    twin: null,
  }
}

function drawWeave(stepIndex: number, draw: () => number): Weave {
  const matrix = (): Matrix => ({ rows: LATENTS, columns: HIDDEN, data: Float32Array.from({ length: LATENTS * HIDDEN }, () => draw() - 0.5) })
  const latents = matrix()
  const latentsBeforeProjection = matrix()
  return {
    id: `weave ${stepIndex}` as WeaveId,
    stepIndex,
    kind: stepIndex === 0 ? 'prompt' : 'inference',
    contextLength: 3 + stepIndex,
    latentsBeforeProjection,
    latents,
    norms: rowNorms(latents),
    normsBeforeProjection: rowNorms(latentsBeforeProjection),
    nearest: Array.from({ length: LATENTS }, () => Array.from({ length: NEAREST }, (_, rank) => ({ tokenId: Math.floor(draw() * 151_000), text: VOCABULARY[rank] ?? '', cosine: 0.3 * draw() }))),
  }
}

function drawState(draw: () => number): number[] {
  return Array.from({ length: 4 }, () => Math.floor((draw() - 0.5) * 2 ** 32))
}

function rowNorms({ rows, columns, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, row) => Math.hypot(...data.subarray(row * columns, (row + 1) * columns)))
}

/** Inserts rows of one table; all have the columns of the first. */
function rowInserter(database: Database.Database, table: string): (row: object) => void {
  let statement: Database.Statement | null = null
  return (row) => {
    const columns = Object.keys(row)
    statement ??= database.prepare(`insert into ${table} (${columns.join()}) values (${columns.map((column) => `@${column}`).join()})`)
    statement.run(row)
  }
}

async function main(): Promise<void> {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: { tokens: { type: 'string', default: '100000' }, insertions: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false } },
  })
  const [folder] = positionals
  if (folder === undefined) throw new Error('usage: node bench/big-trace.ts DIR [--tokens N] [--insertions N] [--json]')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'log.sqlite')
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
  const tokens = Number(options.tokens)
  const written = performance.now()
  const id = await writeBigTrace(path, { tokens, insertions: Number(options.insertions) })
  const writeMs = performance.now() - written

  const log = await openLog(path)
  const overview = await log.getOverview(id)
  const measured = {
    overview_ms: await medianMs(() => log.getOverview(id)),
    // The server checks what it sends against the contract.
    check_ms: await medianMs(() => traceOverviewSchema.parse(overview)),
    steps_200_ms: await medianMs(() => log.stepsBetween(id, Math.floor(tokens / 2), Math.floor(tokens / 2) + 200)),
    traces_ms: await medianMs(() => log.listTraces({ limit: 100, before: null, search: '', modelId: null })),
  }
  await log.close()

  const report = { tokens, insertions: Number(options.insertions), write_ms: writeMs, log_bytes: statSync(path).size, overview_bytes: serialize(overview).byteLength, repeats: REPEATS, ...measured }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else for (const [name, value] of Object.entries(report)) process.stdout.write(`${name.padEnd(16)} ${value.toFixed(name.endsWith('_ms') ? 1 : 0)}\n`)
}

async function medianMs(work: () => unknown): Promise<number> {
  const times: number[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return times.toSorted((one, other) => one - other)[Math.floor(REPEATS / 2)] ?? Number.NaN
}

if (import.meta.main) await main()

/**
 * @file `npm run bench:memory`: what models were estimated to take and what they then took, each in a process of its own: demo, a golden case
 * and Qwen2.5-0.5B's shape, in float32 (packed at once, mapped, and gone over to packed) and quantised.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ENGINE_BYTES } from '../src/main/engine/checkpoint/index.ts'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { estimatePlacements } from '../src/main/engine/memgen/memory-need.ts'
import type { ModelLocation, Precision } from '../src/shared/domain/model.ts'
import { benchModelLocation, FULL_LAYERS, PROMPT_LENGTH } from './bench-model.ts'
import { processMemory } from '../src/main/engine/runtime/process-memory.ts'
import { openRollout } from './timed-rollout.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    layers: { type: 'string', default: `${FULL_LAYERS}` },
    only: { type: 'string' },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
    /** Measures this one and tells the parent; the parent starts it without. */
    case: { type: 'string' },
  },
})
const rootDir = resolve(import.meta.dirname, '..')
const weightsDir = join(options['cache-dir'], 'weights')
/** An estimate may be off by so much. */
const AIM = 0.1

interface MemoryCase {
  readonly location: () => ModelLocation
  readonly precision: Precision
  /** null: packed while it is opened, whatever its size. */
  readonly weightsDir: string | null
  /** Whether it waits for the packer and goes over. @default false */
  readonly goesOver?: boolean
}

const demo = (): ModelLocation => ({ reasonerDir: join(rootDir, 'resources/demo-model/base'), checkpointDir: join(rootDir, 'resources/demo-model/memgen') })
const golden = (): ModelLocation => ({ reasonerDir: join(rootDir, 'test/golden/qwen2/base'), checkpointDir: join(rootDir, 'test/golden/qwen2/memgen') })
const large = (): ModelLocation => benchModelLocation({ cacheDir: options['cache-dir'], layers: Number(options.layers) })

const cases: Readonly<Record<string, MemoryCase>> = {
  'demo f32': { location: demo, precision: 'f32', weightsDir },
  'golden f32': { location: golden, precision: 'f32', weightsDir },
  '0.5B f32 packed at once': { location: large, precision: 'f32', weightsDir: null },
  '0.5B f32 mapped': { location: large, precision: 'f32', weightsDir },
  '0.5B f32 gone over': { location: large, precision: 'f32', weightsDir, goesOver: true },
  '0.5B q8': { location: large, precision: 'q8', weightsDir },
  '0.5B q4': { location: large, precision: 'q4', weightsDir },
}

interface MemoryUse {
  /** While it was loaded, at its highest. */
  readonly loading: { readonly estimatedBytes: number; readonly measuredBytes: number }
  /** Once all roles have run. */
  readonly running: { readonly estimatedBytes: number; readonly measuredBytes: number }
}

if (options.case !== undefined) {
  const use = await measure(options.case)
  process.send?.(use, () => process.exit())
} else {
  const names = options.only?.split(',') ?? Object.keys(cases)
  const uses: Record<string, MemoryUse> = {}
  for (const name of names) uses[name] = await measureApart(name)
  if (options.json) process.stdout.write(`${JSON.stringify(uses)}\n`)
  else for (const [name, use] of Object.entries(uses)) print(name, use)
}

async function measureApart(name: string): Promise<MemoryUse> {
  const child = fork(import.meta.filename, [...process.argv.slice(2), '--case', name])
  const [use] = (await once(child, 'message')) as [MemoryUse]
  await once(child, 'exit')
  return use
}

async function measure(name: string): Promise<MemoryUse> {
  const memoryCase = cases[name]
  if (memoryCase === undefined) throw new Error(`there is no case ${name}; there are ${Object.keys(cases).join(', ')}`)
  const { precision, goesOver = false } = memoryCase
  const location = memoryCase.location()
  const before = processMemory()?.residentBytes ?? NaN
  const { estimates: [estimate] } = await estimatePlacements(location, [{ device: 'cpu', precision }])
  if (estimate === undefined) throw new Error('internal: no estimate')
  const model = await MemGenModel.load(location, { device: 'cpu', precision, weightsDir: memoryCase.weightsDir, threads: Math.min(cpus().length, 8) })
  const { estimatedBytes, measuredBytes } = model.summary.memory
  if (goesOver) {
    await model.packed()
    await model.usePacked()
  }
  const rollout = openRollout(model, { policy: { kind: 'trigger' }, batch: 1, promptLength: PROMPT_LENGTH, maxNewTokens: 2 })
  for (let step = 0; step < 2; step++) await rollout.step()
  rollout.dispose()
  const running = { estimatedBytes: estimate.residentBytes - ENGINE_BYTES + before, measuredBytes: processMemory()?.residentBytes ?? NaN }
  await model.release()
  return { loading: { estimatedBytes, measuredBytes: measuredBytes ?? NaN }, running }
}

function print(name: string, { loading, running }: MemoryUse): void {
  const shown = ({ estimatedBytes, measuredBytes }: MemoryUse['loading']): string => {
    const ratio = estimatedBytes / measuredBytes
    return `${megabytes(estimatedBytes)} estimated, ${megabytes(measuredBytes)} measured: ${ratio.toFixed(2)}${Math.abs(ratio - 1) <= AIM ? '' : ' (aim within 10 %)'}`
  }
  process.stdout.write(`${name.padEnd(24)} loading ${shown(loading)}; running ${shown(running)}\n`)
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

/** @file `memgen generate` with the real engine against the reference's vectors: the program as a user starts it, case qwen2. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface GoldenRequest {
  id: string
  options: { trigger_active: boolean; max_inference_aug_num: number; max_new_tokens: number }
  rows: { messages: unknown[]; prompt_ids: number[] }[]
  expected: { new_ids: number[][]; augmentation_pos: number[][]; first_eos: (number | null)[]; weaver_calls: { step: number; post_norms: number[][] }[] }
}

/** Half of the 1e-3 that test/golden/README.md suggests for latents. */
const NORM_TOLERANCE_DIGITS = 3

const rootDir = new URL('../..', import.meta.url).pathname
const caseDir = join(rootDir, 'test', 'golden', 'qwen2')
const runProgram = promisify(execFile)
let dir: string
let requests: GoldenRequest[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-cli-golden-'))
  requests = (JSON.parse(await readFile(join(caseDir, 'golden.json'), 'utf8')) as { requests: GoldenRequest[] }).requests
})
afterAll(() => rm(dir, { recursive: true }))

test.each(['r1_single_inactive', 'r2_single_active'])('%s: the same token ids, decisions and latent norms as the reference', async (id) => {
  const request = requests.find((candidate) => candidate.id === id)
  const row = request?.rows[0]
  if (request === undefined || row === undefined) throw new Error(`no request ${id} in ${caseDir}`)
  const messages = join(dir, `${id}.json`)
  await writeFile(messages, JSON.stringify(row.messages))
  const { options, expected } = request
  const { stdout } = await runProgram(process.execPath, [
    join(rootDir, 'bin', 'memgen.js'),
    ...['generate', '--model', join(caseDir, 'base'), '--checkpoint', join(caseDir, 'memgen'), '--messages', messages, '--json'],
    ...['--max-new-tokens', String(options.max_new_tokens), '--max-inference-aug-num', String(options.max_inference_aug_num)],
    options.trigger_active ? '--trigger-active' : '--no-trigger-active',
    ...['--device', 'cpu', '--data-dir', join(dir, 'data')],
  ])
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  const length = (expected.first_eos[0] ?? (expected.new_ids[0]?.length ?? 0) - 1) + 1
  expect(lines[0]).toMatchObject({ type: 'header', promptIds: row.prompt_ids })
  expect(lines.at(-1)).toMatchObject({
    type: 'finish',
    tokenIds: expected.new_ids[0]?.slice(0, length),
    augmentationMask: expected.augmentation_pos[0]?.slice(0, length),
  })
  const weaves = lines.filter(({ type }) => type === 'weave')
  expect(weaves.map(({ stepIndex }) => stepIndex)).toEqual(expected.weaver_calls.map(({ step }) => step))
  for (const [index, weave] of weaves.entries()) {
    for (const [latent, norm] of (weave['norms'] as number[]).entries()) {
      expect(norm).toBeCloseTo(expected.weaver_calls[index]?.post_norms[0]?.[latent] ?? Number.NaN, NORM_TOLERANCE_DIGITS)
    }
  }
})

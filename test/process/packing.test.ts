/** @file That weights packed by another process compute the same bits as a session that packs its own. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planModel } from '../../src/main/engine/memgen/model-plan.ts'
import { DecoderSession } from '../../src/main/engine/runtime/decoder-session.ts'
import { findPacked, packedFolder } from '../../src/main/engine/runtime/packed-weights.ts'
import { startPacking, type PackingTask } from '../../src/main/engine/runtime/packing.ts'
import { goldenLocation } from '../support/golden-model.ts'

let weightsDir = ''

beforeEach(() => {
  weightsDir = mkdtempSync(join(tmpdir(), 'memgen-packing-'))
})

afterEach(() => {
  rmSync(weightsDir, { recursive: true })
})

async function openBase(prepack: boolean): Promise<{ session: DecoderSession; task: PackingTask }> {
  const plan = await planModel(goldenLocation('qwen2'))
  const [base] = plan.bases
  if (base === undefined) throw new Error('the case has a base')
  const session = await DecoderSession.create(base.config, base.locations, { device: 'cpu', threads: 1, loraModules: base.loraModules, hasHead: true, prepack })
  const source = { graph: session.graph, files: [...new Set([...base.locations.values()].map(({ file }) => file))] }
  return { session, task: { ...source, folder: packedFolder(weightsDir, source) } }
}

async function logits(session: DecoderSession): Promise<Float32Array | undefined> {
  const cache = session.newCache(1)
  const [output] = await session.forward(cache, session.adapterFeeds(new Map()), [{ row: 0, ids: [5, 6, 7, 8], positions: [0, 1, 2, 3], wantLogits: true }])
  return output?.logits
}

test('a session that goes over to packed weights computes the bits of one that packed its own', async () => {
  const { session, task } = await openBase(false)
  const reference = await openBase(true)
  expect(await startPacking(task).wait()).toBeNull()
  const graph = findPacked(task.folder)
  expect(graph).not.toBeNull()
  await session.usePacked(graph ?? '')
  expect(await logits(session)).toEqual(await logits(reference.session))
  await session.release()
  await reference.session.release()
})

test('of two packers at one folder at most one packs, and nothing half-written stays', async () => {
  const { session, task } = await openBase(false)
  expect(await Promise.all([startPacking(task).wait(), startPacking(task).wait()])).toEqual([null, null])
  expect(readdirSync(join(weightsDir, 'packed')).every((name) => !name.endsWith('.partial'))).toBe(true)
  await session.release()
})

test('a packed graph that cannot be opened is told, and the session goes on as before', async () => {
  const { session, task } = await openBase(false)
  const before = await logits(session)
  await startPacking(task).wait()
  writeFileSync(join(task.folder, 'model.onnx'), 'damaged')
  await expect(session.usePacked(join(task.folder, 'model.onnx'))).rejects.toThrow()
  expect(await logits(session)).toEqual(before)
  await session.release()
})

test('a packer that fails says why and leaves nothing', async () => {
  const { session, task } = await openBase(false)
  writeFileSync(join(weightsDir, 'packed'), 'a file where the folder should be')
  expect(await startPacking(task).wait()).toMatch(/ENOTDIR|EEXIST/)
  expect(statSync(join(weightsDir, 'packed')).isFile()).toBe(true)
  expect(existsSync(task.folder)).toBe(false)
  await session.release()
})

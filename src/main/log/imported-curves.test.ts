/** @file Curves of other programs in the log: kept once, given back as they were, removed by a flag. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { importedCurvesSchema, type CurveSeries } from '../../shared/domain/imported-curves.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

let folder: string
let log: ExperimentLog
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'imported-curves-'))
  log = await openLog(join(folder, 'log.sqlite'))
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const curves = importedCurvesSchema.parse({ id: 'c1', name: 'reference', path: '/runs', tags: ['train/loss', 'eval/loss'], createdAt: 7 })
const series: CurveSeries[] = [
  { tag: 'train/loss', steps: Float64Array.of(1, 2, 2 ** 40), values: Float64Array.of(0.1, Number.NaN, -Infinity) },
  { tag: 'eval/loss', steps: new Float64Array(), values: new Float64Array() },
]

test('curves come back as they were', async () => {
  await log.curves.add(curves, series)
  expect(await log.curves.list()).toEqual([curves])
  expect(await log.curves.series(curves.id)).toEqual(series)
  expect(await log.curves.series(importedCurvesSchema.shape.id.parse('other'))).toEqual([])
})

test('curves that are there already stay as they are, and come out of the trash', async () => {
  await log.curves.add(curves, series)
  await log.curves.remove(curves.id)
  expect(await log.curves.list()).toEqual([])
  await log.curves.add({ ...curves, name: 'again' }, [])
  expect(await log.curves.list()).toEqual([curves])
  expect(await log.curves.series(curves.id)).toEqual(series)
})

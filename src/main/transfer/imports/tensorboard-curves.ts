/** @file Scalars of TensorBoard's event files into the log, one set of curves for each folder that has some. It does not know how the log keeps them. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { CurveSeries, ImportedCurvesId } from '../../../shared/domain/imported-curves.ts'
import type { ImportResult } from '../../../shared/domain/transfer.ts'
import type { CurveLog } from '../../log/index.ts'
import { TransferError } from '../errors.ts'
import { decodeEventFile, type Scalar } from '../tensorboard-file.ts'

/** As every writer of them names its files. */
export function isEventFileName(path: string): boolean {
  return /\.tfevents\.|^events\.out\.tfevents/.test(basename(path))
}

/** Of one file, or of all below a folder. The same files again are found by their bytes and added once. Throws TransferError. */
export async function importEventFiles(path: string, name: string | null, log: CurveLog): Promise<ImportResult> {
  const folders = await findFolders(path)
  if (folders.size === 0) throw new TransferError(path, null, 'expected TensorBoard event files (events.out.tfevents.…), found none')
  const present = new Set((await log.list()).map(({ id }) => id))
  const curvesIds: ImportedCurvesId[] = []
  let resultCount = 0
  for (const [folder, files] of folders) {
    const { id, createdAt, series } = await readFolder(files)
    if (present.has(id)) continue
    await log.add({ id, name: nameOf(path, folder, name), path: folder, createdAt, tags: series.map(({ tag }) => tag) }, series)
    curvesIds.push(id)
    resultCount += series.reduce((sum, { steps }) => sum + steps.length, 0)
  }
  return { kind: 'tensorboard', runIds: [], curvesIds, resultCount, skippedCount: folders.size - curvesIds.length, warnings: [] }
}

/** Event files by their folder, in the order of their names, which begin with the time they were begun. */
async function findFolders(path: string): Promise<Map<string, string[]>> {
  if (!(await stat(path)).isDirectory()) return new Map([[dirname(path), [path]]])
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && isEventFileName(entry.name))
  return Map.groupBy(files.map((entry) => join(entry.parentPath, entry.name)).sort(), (file) => dirname(file))
}

function nameOf(root: string, folder: string, given: string | null): string {
  const below = relative(root, folder)
  const own = given ?? basename(root === folder || below.startsWith('..') ? folder : root)
  return below === '' || below.startsWith('..') ? own : `${own}/${below}`
}

async function readFolder(files: readonly string[]): Promise<{ id: ImportedCurvesId; createdAt: number; series: CurveSeries[] }> {
  const hash = createHash('sha256')
  const scalars: Scalar[] = []
  for (const file of files) {
    const bytes = await readFile(file)
    hash.update(bytes)
    scalars.push(...decodeEventFile(file, bytes))
  }
  if (scalars.length === 0) throw new TransferError(files[0] ?? '', null, 'it holds no scalars')
  const createdAt = Math.round(scalars.reduce((earliest, { wallTime }) => Math.min(earliest, wallTime), Infinity) * 1000)
  return { id: `curves-${hash.digest('hex').slice(0, 24)}` as ImportedCurvesId, createdAt, series: toSeries(scalars) }
}

function toSeries(scalars: readonly Scalar[]): CurveSeries[] {
  return [...Map.groupBy(scalars, ({ tag }) => tag)].map(([tag, points]) => {
    // A run that was resumed wrote some steps twice: the last value is the one that counted.
    const byStep = [...new Map(points.map(({ step, value }) => [step, value]))].sort(([before], [after]) => before - after)
    return { tag, steps: Float64Array.from(byStep, ([step]) => step), values: Float64Array.from(byStep, ([, value]) => value) }
  })
}

/**
 * @file How long the latent lab takes for many points: layouts and clusters, in processor time of one thread, so that a busy machine does
 * not count. `node bench/latent-lab.ts [points] [dimensions] [umap]`; without the last word the layout of neighbours is left out.
 */
import { runJob } from '../src/main/latents/run-job.ts'
import type { LatentJob } from '../src/main/latents/latent-job.ts'
import { createRandomNumbers } from '../src/main/latents/umap/random-numbers.ts'
import type { Matrix } from '../src/shared/domain/weave.ts'

const CENTRES = 6

/** Points around six centres, less and less spread from dimension to dimension. */
function scatteredPoints(rows: number, columns: number): Matrix {
  const { next } = createRandomNumbers(1)
  const centres = Float32Array.from({ length: CENTRES * columns }, () => 2 * next())
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, d] = [Math.floor(at / columns), at % columns]
    return centres[(row % CENTRES) * columns + d]! + (3 * (next() + next() + next())) / (1 + d / 10)
  })
  return { rows, columns, data }
}

const [rows = 50_000, columns = 128] = process.argv.slice(2, 4).map(Number)
const points = scatteredPoints(rows, columns)
const jobs: LatentJob[] = [
  { kind: 'pca', points },
  { kind: 'cluster', points, clusterCount: 4, seed: 42, stabilitySeeds: 5 },
  ...(process.argv[4] === 'umap' ? [{ kind: 'umap', points, seed: 42, neighbors: 15, minDist: 0.1 } as const] : []),
]
for (const job of jobs) {
  const before = process.cpuUsage()
  runJob(job, () => undefined)
  console.log(`${job.kind}, ${rows} x ${columns}: ${(process.cpuUsage(before).user / 1e6).toFixed(1)} s`)
}

/** @file Norms of an embedding table's rows, remembered beside the packed weights: reading half a gigabyte for them takes half a second. It computes none. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically, type TensorLocation } from '../checkpoint/index.ts'

/**
 * [rows] float32, as `compute` said them of the same tensors before, or as it says them now.
 * @param tensors what the table is made of
 * @param weightsDir null: nothing is remembered
 */
export async function rememberedNorms(tensors: readonly TensorLocation[], weightsDir: string | null, compute: () => Promise<Float32Array>): Promise<Float32Array> {
  if (weightsDir === null) return compute()
  const path = join(weightsDir, 'norms', `${tensorsKey(tensors)}.f32`)
  const remembered = readNorms(path, tensors[0]?.shape[0] ?? 0)
  if (remembered !== null) return remembered
  const norms = await compute()
  try {
    writeFileAtomically(path, [new Uint8Array(norms.buffer, norms.byteOffset, norms.byteLength)])
  } catch (error) {
    // On a full disk they are only computed again the next time.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return norms
}

function readNorms(path: string, count: number): Float32Array | null {
  if (!existsSync(path)) return null
  const bytes = new Uint8Array(readFileSync(path)) // a copy of its own, so it begins where float32 may
  return bytes.byteLength === 4 * count ? new Float32Array(bytes.buffer) : null
}

/** Where the tensors lie and how their files stand. */
function tensorsKey(tensors: readonly TensorLocation[]): string {
  const states = tensors.map(({ file, byteOffset, dtype, shape }) => {
    const { size, mtimeMs } = statSync(file)
    return [file, size, mtimeMs, byteOffset, dtype, shape]
  })
  return createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 32)
}

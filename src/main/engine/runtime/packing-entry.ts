/** @file The process that packs the weights of one graph and ends. It knows no model and answers nobody: what it made lies in its folder, or nothing does. */
import { rmSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { GraphSession } from './graph-session.ts'
import { claimPacking, publishPacked } from './packed-weights.ts'
import type { PackingFailure, PackingTask } from './packing.ts'

/** Whoever generates meanwhile comes first. */
setPriority(constants.priority.PRIORITY_LOW)

process.once('message', (message) => {
  // The engine is our own code, and nobody else can write to this line.
  void pack(message as PackingTask)
})

async function pack({ folder, graph, files }: PackingTask): Promise<void> {
  let partial: string | null = null
  try {
    partial = claimPacking(folder)
    if (partial !== null) {
      const session = await GraphSession.create(graph, { threads: 1, savePackedInto: partial })
      publishPacked(partial, folder, files)
      await session.release()
    }
    process.exit(0)
  } catch (error) {
    if (partial !== null) rmSync(partial, { recursive: true, force: true })
    const failure: PackingFailure = { reason: error instanceof Error ? error.message : String(error) }
    // The engine may have ended meanwhile.
    process.send?.(failure, () => process.exit(1))
  }
}

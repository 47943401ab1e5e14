/**
 * @file The app's evaluations in a process of its own, for tests that kill it. It resumes whatever rests, or starts the grid it is given, and
 * prints one JSON line for each result it told and for each run that rests. It does not know what the test is about.
 *
 * Usage: node evaluation-app.ts DATA_DIR RESOURCES_DIR GRID_JSON
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp } from '../../src/main/server/index.ts'
import { experimentRequestSchema } from '../../src/shared/domain/evaluation.ts'

const [dataDir = '', resourcesDir = '', grid = '{}'] = process.argv.slice(2)
const engineEntry = fileURLToPath(new URL('../../src/main/engine/entry.ts', import.meta.url))

/** Straight to the pipe: what was printed is out, even if the process is killed in the next moment. */
function report(event: object): void {
  writeSync(1, `${JSON.stringify(event)}\n`)
}

const app = await createApp({ dataDir, resourcesDir, shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(engineEntry) })
const { evaluations } = app.context
const open = new Set<string>()
const { promise: ended, resolve } = Promise.withResolvers<null>()
evaluations.onEvent((event) => {
  if (event.kind === 'result') report({ kind: 'result', runId: event.runId, sampleId: event.result.sampleId, repeat: event.result.repeat, text: event.result.text })
  if (event.kind !== 'run') return
  const { id, status, error } = event.run
  if (status === 'running' || status === 'queued') return void open.add(id)
  report({ kind: 'rests', runId: id, status, error })
  open.delete(id)
  if (open.size === 0) resolve(null)
})
const recorded = await evaluations.list()
const resting = recorded.filter(({ status }) => status !== 'finished').map(({ id }) => id)
if (recorded.length === 0) await evaluations.start(experimentRequestSchema.parse(JSON.parse(grid)))
else if (resting.length > 0) await evaluations.resume(resting)
else resolve(null)
await ended
await app.dispose()

/** @file The app and the command line over a log of a newer version: they show what there is, say that it takes no writes, and lose nothing. The engine is a fake one. */
import { createRouterClient, ORPCError } from '@orpc/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { openLog } from '../../src/main/log/index.ts'
import { LOG_FILE_NAME } from '../../src/main/server/index.ts'
import { type App, createApp } from '../../src/main/server/index.ts'
import { recordEvaluation } from '../support/recorded-evaluation.ts'
import { newTrace, plainStep, traceId } from '../support/recorded-trace.ts'
import { runWithoutEngine } from '../support/run-command-line.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname

let dir: string
let app: App

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-newer-'))
  const path = join(dir, LOG_FILE_NAME)
  const log = await openLog(path)
  await log.createTrace(newTrace('a'))
  await log.commitSteps(traceId('a'), [{ step: plainStep(0), weave: null }])
  await recordEvaluation(log.evaluations, { samples: 3 })
  await log.close()
  const database = new Database(path)
  database.exec("insert into kysely_migration values ('9999-from-the-future', '2099-01-01T00:00:00.000Z')")
  database.close()
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
})

afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

it('shows traces and runs, and refuses what would be written', async () => {
  const client = createRouterClient(app.router, { context: app.context })
  expect((await client.system.about()).logRefusal).toContain('a newer version of the app wrote this log')
  expect((await app.context.log.getTrace(traceId('a')))?.steps).toHaveLength(1)
  const { runs } = await client.evaluations.runs()
  expect(runs.map(({ totals }) => totals.done)).toEqual([3, 3])
  const [run] = runs
  if (run === undefined) throw new Error('a run should be listed')
  expect(await client.evaluations.results({ runId: run.id })).toMatchObject({ total: 3 })
  const refusal = await client.evaluations.annotate({ runIds: [run.id], isStarred: true }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(ORPCError)
  expect(refusal).toMatchObject({ code: 'LOG_UNAVAILABLE', data: { reason: 'newer-version' } })
})

it.each([['runs', 'experiment-0'], ['traces', 'word0'], ['train list', 'No training runs.']])('memgen %s lists what there is, and says once on stderr that nothing can be added', async (command, listed) => {
  const { exitCode, stdout, stderr } = await runWithoutEngine(command.split(' '), dir)
  expect(exitCode).toBe(0)
  expect(stdout).toContain(listed)
  expect(stderr).toMatch(/^memgen: .*a newer version of the app wrote this log.*\n$/)
})

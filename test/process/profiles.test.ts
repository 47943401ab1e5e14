/** @file Profiles with the real engine, case qwen2: as a user takes them from the command line, and as the app does over RPC. */
import { createRouterClient } from '@orpc/server'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine, type EngineProcess } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'
import { profileSchema } from '../../src/shared/domain/profile.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import { goldenLocation } from '../support/golden-model.ts'

const rootDir = new URL('../..', import.meta.url).pathname
const engineEntry = join(rootDir, 'src/main/engine/entry.ts')
const runProgram = promisify(execFile)
const { reasonerDir, checkpointDir } = goldenLocation('qwen2')
const onCpu = { device: 'cpu', precision: 'f32' } as const
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-profiles-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

test('memgen profile prints where the time went and writes the same profile for the app', async () => {
  const file = join(dir, 'profile.json')
  const { stdout } = await runProgram(process.execPath, [
    join(rootDir, 'bin', 'memgen.js'),
    ...['profile', '--model', reasonerDir, '--checkpoint', checkpointDir, '--prompt', 'What is 7, plus 5.', '--policy', 'always'],
    ...['--max-new-tokens', '4', '--device', 'cpu', '--json', file, '--data-dir', join(dir, 'data')],
  ])
  const { root, ops, ...told } = profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  expect(told).toMatchObject({ format: 'memgen-profile-1', modelName: 'memgen', device: 'cpu', precision: 'f32', fallback: null, config: { maxNewTokens: 4 } })
  expect(told.versions).toMatchObject({ 'onnxruntime-node': expect.any(String) as string, 'memgen-workbench': expect.any(String) as string })
  expect(stdout).toContain(`memgen · cpu f32 · ${told.promptTokens} prompt tokens · ${told.tokens} tokens`)
  for (const { name } of root.children) expect(stdout).toContain(`\n  ${name} `)
  expect(stdout).toContain(`\n${ops[0]?.opType ?? 'nothing'} `)
})

/** An app whose engine processes are told apart from those that have ended. */
async function openApp(): Promise<{ app: App; running: Set<EngineProcess>; modelId: ModelId }> {
  const running = new Set<EngineProcess>()
  const startEngine = (): EngineProcess => {
    const engine = forkEngine(engineEntry)
    running.add(engine)
    return {
      ...engine,
      onExit: (listener) => {
        engine.onExit((exit) => {
          running.delete(engine)
          listener(exit)
        })
      },
    }
  }
  const app = await createApp({ dataDir: dir, resourcesDir: join(dir, 'resources'), shell: 'browser', startEngine })
  const { id } = await app.context.modelLibrary.add({ name: 'base alone', location: { reasonerDir } })
  return { app, running, modelId: id }
}

test('the app hears how far a profile is and then the profile, whose engine process ends with it; refusals are declared', async () => {
  const { app, running, modelId } = await openApp()
  const { profiles } = createRouterClient(app.router, { context: app.context })
  const order = { modelId, placement: onCpu, prompt: { kind: 'text', text: 'What is' } as const }
  try {
    const kinds: string[] = []
    for await (const event of await profiles.take({ ...order, config: runConfigSchema.parse({ policy: { kind: 'vanilla' }, maxNewTokens: 2 }) })) kinds.push(event.kind)
    expect(new Set(kinds.slice(0, -1))).toEqual(new Set(['progress']))
    expect(kinds.at(-1)).toBe('profile')
    expect(running.size).toBe(1)
    const refused = await profiles.take({ ...order, config: runConfigSchema.parse({ policy: { kind: 'always' } }) })
    await expect(Array.fromAsync(refused)).rejects.toMatchObject({ code: 'PROMPT_REJECTED' })
    const unknown = await profiles.take({ ...order, modelId: 'nobody', config: runConfigSchema.parse({}) })
    await expect(Array.fromAsync(unknown)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', data: { modelId: 'nobody' } })
  } finally {
    await app.dispose()
  }
})

test('a profile that nobody waits for any more ends its engine process', async () => {
  const { app, running, modelId } = await openApp()
  try {
    const model = await app.context.modelLibrary.find(modelId)
    if (model === null) throw new Error('the model was just added')
    const config = runConfigSchema.parse({ policy: { kind: 'vanilla' }, maxNewTokens: 256 })
    const taking = app.context.profiler.take({ model, placement: onCpu, prompt: { kind: 'text', text: 'What is' }, config })
    expect((await taking.next()).value).toMatchObject({ kind: 'progress' })
    expect(running.size).toBe(2)
    await taking.return()
    expect(running.size).toBe(1)
  } finally {
    await app.dispose()
  }
})

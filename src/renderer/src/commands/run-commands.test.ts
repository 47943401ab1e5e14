import { expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { sampleRun } from '../../../../test/support/sample-run.ts'
import { createRunCommands, runCommandIds, type RunStores } from './run-commands.ts'

async function compareWith(count: number): Promise<{ isEnabled: boolean; compared: number }> {
  const page = { template: '' }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', name: 'runs', component: page }, { path: '/compare', name: 'compare', component: page }] })
  await router.push('/')
  const selectedRuns = Array.from({ length: count }, (_, index) => sampleRun({ id: `run-${index}` }))
  const stores = { evaluations: {}, runList: { selectedRuns } } as unknown as RunStores // comparing asks for the selection alone
  const command = createRunCommands(stores, router).find(({ id }) => id === runCommandIds.compare)
  if (command === undefined) throw new Error('there is no such command')
  const isEnabled = command.isEnabled()
  if (isEnabled) {
    await command.run()
    await new Promise<void>((resolve) => router.afterEach(() => resolve()))
  }
  const { runs } = router.currentRoute.value.query
  return { isEnabled, compared: typeof runs === 'string' ? runs.split(',').length : 0 }
}

it('compares all that are selected or none: never the first of them alone', async () => {
  expect(await compareWith(1)).toEqual({ isEnabled: false, compared: 0 })
  expect(await compareWith(50)).toEqual({ isEnabled: true, compared: 50 })
  expect(await compareWith(51)).toEqual({ isEnabled: false, compared: 0 })
})

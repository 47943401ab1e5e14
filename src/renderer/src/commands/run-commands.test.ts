import { expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { sampleRun } from '../../../../test/support/sample-run.ts'
import { createRunCommands, runCommandIds, type RunStores } from './run-commands.ts'

async function goWith(commandId: string, count: number): Promise<{ isEnabled: boolean; taken: number }> {
  const page = { template: '' }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', name: 'runs', component: page }, { path: '/compare', name: 'compare', component: page }, { path: '/latents', name: 'latents', component: page }, { path: '/triggers', name: 'triggers', component: page }] })
  await router.push('/')
  const selectedRuns = Array.from({ length: count }, (_, index) => sampleRun({ id: `run-${index}` }))
  const stores = { evaluations: {}, runList: { selectedRuns } } as unknown as RunStores // these ask for the selection alone
  const command = createRunCommands(stores, router).find(({ id }) => id === commandId)
  if (command === undefined) throw new Error('there is no such command')
  const isEnabled = command.isEnabled()
  if (isEnabled) {
    await command.run()
    await new Promise<void>((resolve) => router.afterEach(() => resolve()))
  }
  const { runs } = router.currentRoute.value.query
  return { isEnabled, taken: typeof runs === 'string' ? runs.split(',').length : 0 }
}

it.each([[runCommandIds.compare, 2], [runCommandIds.latents, 1], [runCommandIds.triggers, 1]])('%s takes all that are selected or none, never more than the view does nor the first of them alone', async (id, least) => {
  expect(await goWith(id, least - 1)).toEqual({ isEnabled: false, taken: 0 })
  expect(await goWith(id, least)).toEqual({ isEnabled: true, taken: least })
  expect(await goWith(id, 50)).toEqual({ isEnabled: true, taken: 50 })
  expect(await goWith(id, 51)).toEqual({ isEnabled: false, taken: 0 })
})

import { expect, it } from 'vitest'
import { locationOf, nameFromPath } from './model-paths.ts'

const empty = { reasonerDir: '', checkpointDir: '', weaverDir: '', triggerDir: '' }

it('leaves out the parts that were not named', () => {
  expect(locationOf(empty)).toBeNull()
  expect(locationOf({ ...empty, reasonerDir: '/models/base' })).toEqual({ reasonerDir: '/models/base' })
})

it('takes pasted paths as they were meant', () => {
  expect(locationOf({ ...empty, reasonerDir: ' "C:\\models\\base\\" ', checkpointDir: '/runs/memgen/' })).toEqual({ reasonerDir: 'C:\\models\\base', checkpointDir: '/runs/memgen' })
  expect(locationOf({ ...empty, reasonerDir: '/' })).toEqual({ reasonerDir: '/' })
})

it('suggests the last folder as the name', () => {
  expect([nameFromPath('/runs/gsm8k-sft/'), nameFromPath('C:\\a\\b'), nameFromPath('')]).toEqual(['gsm8k-sft', 'b', ''])
})

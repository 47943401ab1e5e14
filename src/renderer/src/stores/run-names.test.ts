import { expect, it } from 'vitest'
import { distinctNames } from './run-names.ts'

it('names stay as they are unless several runs have the same', () => {
  const run = (name: string, experimentName: string): { name: string; experimentName: string } => ({ name, experimentName })
  expect(distinctNames([run('a', 'x'), run('b', 'x'), run('b', 'y'), run('c', 'z'), run('c', 'z')])).toEqual(['a', 'b (x)', 'b (y)', 'c (z) #1', 'c (z) #2'])
})

import { expect, it } from 'vitest'
import { differingNames, distinctNames } from './run-names.ts'

const run = (name: string, experimentName = 'x'): { name: string; experimentName: string } => ({ name, experimentName })

it('names stay as they are unless several runs have the same', () => {
  expect(distinctNames([run('a', 'x'), run('b', 'x'), run('b', 'y'), run('c', 'z'), run('c', 'z')])).toEqual(['a', 'b (x)', 'b (y)', 'c (z) #1', 'c (z) #2'])
})

it('what all names share is told once, and a number stays with its word', () => {
  expect(differingNames([run('gsm8k trigger pn=1 seed 42'), run('gsm8k random 0.5 pn=1 seed 42')])).toEqual({ names: ['trigger', 'random 0.5'], shared: 'gsm8k pn=1 seed 42' })
  expect(differingNames([run('gsm8k trigger seed 1'), run('gsm8k trigger seed 2')])).toEqual({ names: ['seed 1', 'seed 2'], shared: 'gsm8k trigger' })
})

it('names stay whole where nothing would be left of one, or two would be left alike', () => {
  expect(differingNames([run('gsm8k'), run('gsm8k trigger')])).toEqual({ names: ['gsm8k', 'gsm8k trigger'], shared: '' })
  expect(differingNames([run('gsm8k trigger')])).toEqual({ names: ['gsm8k trigger'], shared: '' })
  expect(differingNames([run('a b c'), run('a b d'), run('c b a')]).names).toEqual(['a b c', 'a b d', 'c b a'])
})

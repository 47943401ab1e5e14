import { expect, it } from 'vitest'
import { parseNumbers, printNumbers } from './number-lists.ts'

it('numbers are read with ranges, each once, and nothing else is', () => {
  expect(parseNumbers('42, 1-3 2')).toEqual([42, 1, 2, 3])
  expect(parseNumbers('')).toEqual([])
  expect(['a', '1.5', '-1', '3-1', '1-99999999'].map(parseNumbers)).toEqual([null, null, null, null, null])
  expect(parseNumbers(printNumbers([7, 9]))).toEqual([7, 9])
})

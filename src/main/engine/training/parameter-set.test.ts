/** @file A parameter set is one vector seen through names. */
import { expect, test } from 'vitest'
import { ParameterSet } from './parameter-set.ts'

const entries = [
  { name: 'weight', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  { name: 'bias', shape: [3] },
  { name: 'scale', shape: [], data: Float32Array.of(7) },
]

test('parameters lie one after the other, in order, zero where no data was given', () => {
  const set = ParameterSet.from(entries)
  expect(set.names).toEqual(['weight', 'bias', 'scale'])
  expect(set.values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 0, 0, 0, 7))
  expect(set.shapeOf('weight')).toEqual([2, 3])
  expect(set.list()).toEqual([
    { name: 'weight', shape: [2, 3], count: 6 },
    { name: 'bias', shape: [3], count: 3 },
    { name: 'scale', shape: [], count: 1 },
  ])
})

test('a view writes through, a snapshot does not follow', () => {
  const set = ParameterSet.from(entries)
  const before = set.snapshot()
  set.view('bias').fill(9)
  expect(set.values.slice(6, 9)).toEqual(Float32Array.of(9, 9, 9))
  expect(before.view('bias')).toEqual(new Float32Array(3))
  set.copyFrom(before)
  expect(set.values).toEqual(before.values)
})

test('zeros have the same layout and other memory', () => {
  const set = ParameterSet.from(entries)
  const gradients = set.zerosLike()
  gradients.view('weight').fill(1)
  expect(gradients.list()).toEqual(set.list())
  expect(set.view('weight')[0]).toBe(1)
  expect(set.view('weight')[5]).toBe(6)
})

test('data given twice or of the wrong size, unknown names and other layouts are refused', () => {
  const set = ParameterSet.from(entries)
  expect(() => ParameterSet.from([...entries, { name: 'bias', shape: [1] }])).toThrow('two parameters are named bias')
  expect(() => ParameterSet.from([{ name: 'w', shape: [2], data: new Float32Array(3) }])).toThrow('[2] needs 2 values, got 3')
  expect(() => set.view('other')).toThrow('no parameter named other')
  expect(() => set.copyFrom(ParameterSet.from(entries.slice(0, 2)))).toThrow('parameter 2: expected scale [], found none')
  expect(() => set.copyFrom(ParameterSet.from(entries.toReversed()))).toThrow('parameter 0: expected weight [2, 3], found scale []')
})

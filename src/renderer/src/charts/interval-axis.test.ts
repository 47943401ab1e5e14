import { describe, expect, it } from 'vitest'
import { excludesZero, intervalAxis, shareOf } from './interval-axis.ts'

describe('an axis of differences', () => {
  it('holds every interval and zero, at round numbers', () => {
    expect(intervalAxis([{ estimate: 0.05, low: 0.02, high: 0.083 }])).toEqual({ min: 0, max: 0.1, ticks: [0, 0.05, 0.1] })
    expect(intervalAxis([{ estimate: 0, low: -0.031, high: 0.02 }, { estimate: -0.1, low: -0.12, high: -0.08 }]).ticks).toEqual([-0.15, -0.1, -0.05, 0, 0.05])
  })

  it('stays readable where nothing differs', () => {
    const { min, max } = intervalAxis([{ estimate: 0, low: 0, high: 0 }])
    expect([min, max]).toEqual([0, 0.005])
  })

  it('puts a value at its share of the width', () => {
    expect([-0.1, 0, 0.1].map((value) => shareOf(value, { min: -0.1, max: 0.1 }))).toEqual([0, 0.5, 1])
  })

  it('says whether zero lies outside an interval', () => {
    expect([{ estimate: 1, low: 0.1, high: 2 }, { estimate: -1, low: -2, high: -0.1 }, { estimate: 0, low: 0, high: 1 }].map(excludesZero)).toEqual([true, true, false])
  })
})

import { describe, expect, it } from 'vitest'
import { formatAge, formatBlock, formatBytes, formatCount, formatNumber, formatPercent, formatPoints, formatProbability, formatPValue, plural } from './format.ts'

describe('formats', () => {
  it('never rounds a probability to certainty', () => {
    expect([0, 0.0001, 0.004, 0.5, 0.731, 0.996, 0.99999, 1].map(formatProbability)).toEqual(['0.000', '<0.001', '0.004', '0.50', '0.73', '0.996', '>0.999', '1.000'])
  })

  it('writes rates, numbers, sizes and counts at a readable length', () => {
    expect(formatPercent(0.1234)).toBe('12.3 %')
    expect([0.0001, 0.9999, 1].map(formatPercent)).toEqual(['<0.1 %', '>99.9 %', '100.0 %'])
    expect([0.0012345, 0.12345, 1.2345, 12.345, 99.96, 1234.5, 2.5e7, 2e-6].map(formatNumber)).toEqual(['0.00123', '0.123', '1.23', '12.3', '100', '1235', '2.50e+7', '2.00e-6'])
    expect([0, 512, 1024, 2.5 * 2 ** 30, 3.2 * 2 ** 34].map(formatBytes)).toEqual(['0 B', '512 B', '1.00 KiB', '2.50 GiB', '51.2 GiB'])
    expect([12, 1500, 494_032_768].map(formatCount)).toEqual(['12', '1.50 k', '494 M'])
  })

  it('writes a zero as one digit, and nothing else so', () => {
    expect([0, -0, 0.0002, -2e-6].map(formatNumber)).toEqual(['0', '0', '2.00e-4', '-2.00e-6'])
  })

  it('never writes a p-value as zero', () => {
    expect([1, 0.9999, 0.5, 0.0432, 0.001, 0.0004, 3.4e-7, 0].map(formatPValue)).toEqual(['1', '1', '0.500', '0.043', '0.001', '0.0004', '3e-7', '<1e-300'])
  })

  it('writes differences of rates with their sign', () => {
    expect([0.0324, -0.004, 0, -0.0001].map(formatPoints)).toEqual(['+3.2', '−0.4', '0.0', '0.0'])
  })

  it('names a block by its latents and their mean norm', () => {
    expect([formatBlock([3, 5]), formatBlock([])]).toEqual(['2 latents ‖4.00‖', 'block dropped'])
  })

  it('counts nouns and ages', () => {
    expect([plural(1, 'step'), plural(1200, 'step')]).toEqual(['1 step', '1200 steps'])
    expect([formatAge(0, 100), formatAge(0, 60_000), formatAge(0, 7_300_000), formatAge(0, 90_000_000)]).toEqual(['just now', '1 minute ago', '2 hours ago', '1 day ago'])
  })
})

import { expect, it } from 'vitest'
import type { QuantizationCost } from '../../../../shared/quantization-cost/quantization-cost.ts'
import { costLines, costRange } from './precision-costs.ts'

const demo: QuantizationCost = { subject: 'Demo', precision: 'q8', perplexity: { f32: 2, quantized: 2.002, tokens: 10 }, agreement: { completions: 200, identical: 0.995, tokens: 10, beforeDivergence: 0.9996 }, decisions: null, solved: { f32: 0.99, quantized: 0.985 } }
const random: QuantizationCost = { ...demo, subject: 'Random', perplexity: { f32: 2, quantized: 2.4, tokens: 10 }, agreement: { ...demo.agreement, beforeDivergence: 0.38 }, solved: null }

it('spans from the least to the most that a precision cost any model', () => {
  expect(costRange([demo, random], 'q8')).toEqual({ perplexity: '×1.001–1.200', agreement: '38–99 %' })
  expect(costRange([demo], 'q8')).toEqual({ perplexity: '×1.001', agreement: '99 %' })
})

it('has no cost of what was not measured', () => {
  expect(costRange([demo], 'q4')).toBeNull()
  expect(costRange([demo], 'f32')).toBeNull()
})

it('counts completions, and says nothing of decisions and solutions where there are none', () => {
  expect(costLines([demo, random]).map(({ identical, decisions, solved }) => [identical, decisions, solved])).toEqual([
    ['199 of 200', '–', '98.5 % for 99.0 %'],
    ['199 of 200', '–', '–'],
  ])
})

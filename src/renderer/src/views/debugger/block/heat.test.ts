import { expect, test } from 'vitest'
import { heat, signedHeat } from './heat.ts'

test('a field is as strong as its share of the ceiling, and never stronger than full', () => {
  expect(heat(0.25, 0.5).background).toContain('50%')
  expect(heat(2, 1).background).toContain('100%')
  expect(heat(0, 0).background).toContain(' 0%')
})

test('signs have hues of their own', () => {
  expect(signedHeat(-0.5).background).toContain('--entropy')
  expect(signedHeat(0.5).background).toContain('--accent')
})

test('text on a strong field is drawn in the colour of the ground', () => {
  expect(signedHeat(0.9).color).toBe('var(--ground)')
  expect(signedHeat(0.1).color).toBe('var(--text)')
})

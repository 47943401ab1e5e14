import { expect, it } from 'vitest'
import { sortedChecks } from './health-lines.ts'

it('puts the worst checks first and keeps the order of equals', () => {
  const checks = (['ok', 'warning', 'ok', 'error'] as const).map((verdict, index) => ({ id: String(index), title: '', verdict, detail: '' }))
  expect(sortedChecks(checks).map((check) => check.id)).toEqual(['3', '1', '0', '2'])
})

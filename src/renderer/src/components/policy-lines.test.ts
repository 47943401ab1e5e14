import { expect, it } from 'vitest'
import { memoryPolicyKinds, memoryPolicySchema } from '../../../shared/domain/memory-policy.ts'
import { defaultPolicy, parseSteps, policyLines } from './policy-lines.ts'

it('explains every policy and gives each valid parameters', () => {
  for (const kind of memoryPolicyKinds) {
    expect(policyLines[kind].line).toMatch(/\.$/)
    expect(memoryPolicySchema.parse(defaultPolicy(kind)).kind).toBe(kind)
  }
})

it('reads scheduled steps in any order and refuses what is not a step', () => {
  expect(parseSteps('12, 0 40,12')).toEqual([0, 12, 40])
  expect(parseSteps('')).toEqual([])
  expect(parseSteps('3, -1')).toBeNull()
  expect(parseSteps('two')).toBeNull()
})

/** @file Grids as YAML: written, read back, and refused with a place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { experimentRequestSchema, type ExperimentRequest, type ExperimentRequestInput, type PolicyArm } from '../../../shared/domain/evaluation.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import { GridTextError, parseGrid, printGrid } from './grid-yaml.ts'

const small = `
name: gates
models: [bundled-demo-qwen2]
tasks:
  - name: demo-new
    source: { kind: bundled }
    limit: 100
arms: [vanilla, trigger, random:0.3/0.5, always+zero]
seeds: [1, 2]
`

test('a grid is read with its defaults, arms as words', () => {
  expect(parseGrid(small)).toMatchObject({
    name: 'gates',
    tasks: [{ name: 'demo-new', split: 'test', limit: 100, shuffleSeed: null }],
    arms: [
      { policy: { kind: 'vanilla' }, intervention: null },
      { policy: { kind: 'trigger' } },
      { policy: { kind: 'random', probability: 0.3, promptProbability: 0.5 } },
      { policy: { kind: 'always' }, intervention: { kind: 'zero' } },
    ],
    seeds: [1, 2],
    repeats: 1,
    config: { maxNewTokens: 256, recordTopK: 0 },
  })
})

test('what is printed is short', () => {
  expect(printGrid(parseGrid(small))).toBe(`name: gates
models:
  - bundled-demo-qwen2
tasks:
  - name: demo-new
    source:
      kind: bundled
    limit: 100
arms:
  - vanilla
  - trigger
  - random:0.3/0.5
  - always+zero
seeds:
  - 1
  - 2
`)
})

function problemOf(yaml: string): Pick<GridTextError, 'message' | 'line' | 'column'> {
  try {
    parseGrid(yaml)
  } catch (error) {
    if (error instanceof GridTextError) return error
    throw error
  }
  throw new Error('the text was accepted')
}

test.each([
  ['', null, null, 'expected keys with values'],
  ['- 1', 1, 1, 'expected keys with values'],
  ['name: [', 1, 8, 'line 1, column 8: '],
  [small.replace('seeds', 'seed'), 9, 1, 'there is no key seed; the nearest is seeds'],
  [small.replace('limit', 'limits'), 7, 5, 'there is no key tasks.limits; the nearest is tasks.limit'],
  [`${small}config:\n  maxTokens: 3\n`, 11, 3, 'there is no key config.maxTokens; the nearest is config.maxNewTokens'],
  [small.replace('kind: bundled', 'kind: files, path: a'), 6, 28, 'there is no key tasks.source.path; the nearest is tasks.source.paths'],
  [small.replace('limit: 100', 'limit: many'), 7, 12, 'tasks.0.limit: '],
  [small.replace('trigger', 'triggers'), 8, 17, 'triggers: unknown policy'],
  [small.replace('name: gates', ''), 3, 1, 'name: '],
  [`${small}repeats: 1\nrepeats: 2\n`, 11, 1, 'unique'],
])('a wrong text is refused with its place (%#)', (yaml, line, column, problem) => {
  expect(problemOf(yaml)).toMatchObject({ line, column, message: expect.stringContaining(problem) as unknown })
})

const name = fc.string({ minLength: 1, maxLength: 30 })
const probability = fc.double({ min: 0, max: 1, noNaN: true })
const policy: fc.Arbitrary<PolicyArm['policy']> = fc.oneof(
  fc.constantFrom({ kind: 'vanilla' as const }, { kind: 'prompt-only' as const }, { kind: 'trigger' as const }, { kind: 'always' as const }),
  fc.record({ kind: fc.constant('random' as const), probability, promptProbability: probability }, { requiredKeys: ['kind', 'probability'] }),
  fc.record({ kind: fc.constant('schedule' as const), steps: fc.array(fc.nat()) }),
)
const intervention: fc.Arbitrary<PolicyArm['intervention']> = fc.oneof(
  fc.constantFrom(null, { kind: 'zero' as const }, { kind: 'other' as const }),
  fc.record({ kind: fc.constant('scale' as const), factor: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((factor) => !Object.is(factor, -0)) }),
  fc.record({ kind: fc.constant('pause' as const), token: fc.oneof(name, fc.nat()) }),
)
const request: fc.Arbitrary<ExperimentRequest> = fc
  .record({
    name,
    models: fc.array(name.map((id) => id as ModelId), { minLength: 1, maxLength: 3 }),
    tasks: fc.array(fc.record({ name: fc.constantFrom('gsm8k' as const, 'generic' as const), source: fc.record({ kind: fc.constant('files' as const), paths: fc.array(name, { minLength: 1 }) }), limit: fc.option(fc.integer({ min: 1 })) }), { minLength: 1, maxLength: 2 }),
    arms: fc.array(fc.record({ policy, intervention }), { minLength: 1, maxLength: 4 }),
    samplings: fc.array(fc.record({ doSample: fc.boolean(), temperature: probability }), { minLength: 1, maxLength: 2 }),
    seeds: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    repeats: fc.integer({ min: 1, max: 1000 }),
    config: fc.record({ maxNewTokens: fc.integer({ min: 1, max: 1000 }), gate: fc.constantFrom('text' as const, 'token-id' as const) }),
    tags: fc.array(name, { maxLength: 2 }),
  })
  .map((input: ExperimentRequestInput) => experimentRequestSchema.parse(input))

test('every grid survives being printed and read', () => {
  fc.assert(
    fc.property(request, (some) => {
      expect(parseGrid(printGrid(some))).toEqual(some)
    }),
    { numRuns: 60 },
  )
})

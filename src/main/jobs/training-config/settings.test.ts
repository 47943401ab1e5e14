/** @file Settings out of YAML and out of option words: places, refusals, and the same values both ways. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { TrainingConfigError } from './config-error.ts'
import { MAX_CONFIG_CHARACTERS, mergeSettings, readOptionSettings, readYamlSettings } from './settings.ts'

const problemsOf = (read: () => unknown): readonly unknown[] => {
  try {
    read()
  } catch (error) {
    if (error instanceof TrainingConfigError) return error.problems
    throw error
  }
  return []
}

describe('YAML', () => {
  test('is flattened, each setting with its line', () => {
    const settings = readYamlSettings('a.yaml', 'model:\n  weaver:\n    # a comment\n    prompt_latents_len: 8\nrun:\n  seed: 42\n')
    expect([...settings]).toEqual([
      ['model.weaver.prompt_latents_len', { value: 8, place: 'a.yaml:4' }],
      ['run.seed', { value: 42, place: 'a.yaml:6' }],
    ])
  })

  test('reads flags, numbers and lists as the reference writes them', () => {
    const settings = readYamlSettings('a.yaml', 'a: {active: False, lr: 1e-5, none: null, list: ["q_proj", "v_proj"]}')
    expect([...settings.values()].map(({ value }) => value)).toEqual([false, 1e-5, null, ['q_proj', 'v_proj']])
  })

  test('an alias stands for what it names', () => {
    expect(readYamlSettings('a.yaml', 'a: &x {r: 16}\nb: *x').get('b.r')?.value).toBe(16)
  })

  test.each([
    ['a key given twice', 'run:\n  seed: 1\n  seed: 2', { place: 'a.yaml:3', key: null }],
    ['a broken line', 'run:\n  seed: [1', { place: 'a.yaml:2', key: null }],
    ['a list at the top', '- 1', { place: 'a.yaml', problem: 'expected the sections model, dataset and run' }],
    ['an endless file', 'x'.repeat(MAX_CONFIG_CHARACTERS + 1), { place: 'a.yaml' }],
    ['aliases that unfold without end', bomb(), { place: 'a.yaml', problem: 'expected at most 10000 settings' }],
  ])('%s is refused with its place', (_, text, problem) => {
    expect(problemsOf(() => readYamlSettings('a.yaml', text))).toEqual([expect.objectContaining(problem)])
  })

  test('any text is settings or a refusal', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => void problemsOf(() => readYamlSettings('a.yaml', text))))
  })
})

describe('--options', () => {
  test('are pairs of key and value', () => {
    const { settings } = readOptionSettings(['run.seed', '7', 'model.trigger.active', 'True', 'run.device=cpu', 'model.load_model_path', 'null'])
    expect([...settings].map(([key, { value }]) => [key, value])).toEqual([
      ['run.seed', 7],
      ['model.trigger.active', true],
      ['run.device', 'cpu'],
      ['model.load_model_path', null],
    ])
  })

  test('a path with a colon is text', () => {
    expect(readOptionSettings(['a', 'C: \\x']).settings.get('a')?.value).toBe('C: \\x')
  })

  test('a key without a value is refused, and one given twice is told', () => {
    expect(problemsOf(() => readOptionSettings(['run.seed']))).toEqual([{ place: '--options', key: 'run.seed', problem: 'expected a value after it, found nothing' }])
    expect(readOptionSettings(['a', '1', 'a', '2'])).toMatchObject({ repeatedKeys: ['a'] })
  })

  test('win over the file', () => {
    const merged = mergeSettings(readYamlSettings('a.yaml', 'run: {seed: 1, device: cpu}'), readOptionSettings(['run.seed', '2']).settings)
    expect([...merged].map(([key, { value, place }]) => [key, value, place])).toEqual([
      ['run.seed', 2, '--options'],
      ['run.device', 'cpu', 'a.yaml:1'],
    ])
  })
})

test('a value means the same in a file and in an option', () => {
  const values = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)), fc.boolean(), fc.constant(null), fc.array(fc.constantFrom('q_proj', 'v_proj'), { minLength: 1 }))
  fc.assert(
    fc.property(values, (value) => {
      const fromFile = readYamlSettings('a.yaml', stringify({ run: { value } }))
      const fromOption = readOptionSettings(['run.value', JSON.stringify(value)]).settings
      expect(fromOption.get('run.value')?.value).toEqual(value)
      expect(fromFile.get('run.value')?.value).toEqual(value)
    }),
  )
})

/** 16 settings, 16 times each named by the next level. */
function bomb(): string {
  const level = (name: string, value: string): string => `${name}: &${name} {${Array.from({ length: 16 }, (_, at) => `k${at}: ${value}`).join(', ')}}\n`
  return level('a', '1') + level('b', '*a') + level('c', '*b') + level('d', '*c')
}

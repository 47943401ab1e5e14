import { describe, expect, it } from 'vitest'
import { experimentRequestSchema } from '../../../shared/domain/evaluation.ts'
import { modelIdSchema } from '../../../shared/domain/identifiers.ts'
import { ablationArms, demoExperiment, draftOfRequest, draftProblems, emptyExperimentDraft, newTaskDraft, requestOfDraft, taskProblems, withFirstModel, type ExperimentDraft } from './experiment-draft-content.ts'

const model = modelIdSchema.parse('demo')
const gsm8k = newTaskDraft({ name: 'gsm8k', hubRepo: 'openai/gsm8k', splits: ['train', 'valid', 'test'] })
const generic = newTaskDraft({ name: 'generic', hubRepo: null, splits: ['test'] })
const whole: ExperimentDraft = { ...emptyExperimentDraft(), name: 'Table 1', models: [model], tasks: [gsm8k] }

describe('the next experiment', () => {
  it('says at first what it lacks, and is a grid when it lacks nothing', () => {
    expect(draftProblems(emptyExperimentDraft())).toEqual(['Give the experiment a name.', 'Choose a model.', 'Choose a task.'])
    expect(requestOfDraft(emptyExperimentDraft())).toBeNull()
    expect(draftProblems(whole)).toEqual([])
    expect(requestOfDraft(whole)).toMatchObject({ name: 'Table 1', seeds: [42], repeats: 1, arms: [{ policy: { kind: 'vanilla' } }, { policy: { kind: 'trigger' } }] })
  })

  it('takes a grid that was written as YAML and gives it back', () => {
    const request = experimentRequestSchema.parse(demoExperiment(model, { maxNewTokens: 96 }))
    expect(requestOfDraft(draftOfRequest(request))).toEqual(request)
  })

  it('has the paper’s seven policies in its ablation', () => {
    expect(requestOfDraft({ ...whole, arms: [...ablationArms] })?.arms).toHaveLength(7)
  })

  it('begins each task with its own data', () => {
    expect(gsm8k).toMatchObject({ split: 'test', source: { kind: 'hub', repo: 'openai/gsm8k' }, scoring: null })
    expect(newTaskDraft({ name: 'demo-new', hubRepo: null, splits: ['train', 'test'] }).source).toEqual({ kind: 'bundled' })
    expect(generic).toMatchObject({ source: { kind: 'files', paths: [] }, fields: { prompt: '' }, scoring: { kind: 'boxed' } })
  })

  it('says of each task what it lacks', () => {
    expect(taskProblems(gsm8k)).toEqual([])
    expect(taskProblems(generic)).toEqual(['generic: name a file.', 'generic: say which column asks.'])
    expect(taskProblems({ ...gsm8k, source: { kind: 'hub', repo: ' ', revision: 'main' } })).toEqual(['gsm8k: name a dataset repository.'])
    expect(taskProblems({ ...gsm8k, scoring: { kind: 'regex', pattern: '', flags: '' } })).toEqual(['gsm8k: write the pattern.'])
    expect(taskProblems({ ...gsm8k, name: 'kodcode' })).toEqual(['kodcode: running model-written code was not allowed.'])
    expect(taskProblems({ ...gsm8k, name: 'triviaqa', retriever: { kind: 'server', url: 'here' } })).toEqual(['triviaqa: write the search server’s address.'])
  })
})

it('a form without a model begins with the one that is looked at, and a choice stays', () => {
  const [seen, chosen] = [modelIdSchema.parse('seen'), modelIdSchema.parse('chosen')]
  expect(withFirstModel(emptyExperimentDraft(), seen).models).toEqual([seen])
  expect(withFirstModel({ ...emptyExperimentDraft(), models: [chosen] }, seen).models).toEqual([chosen])
})

/** @file Rewards, parsing and prompts against the reference's answers, as far as the file has them. Running code needs python3 on PATH. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { extractPythonCode, formatGsm8k, formatPassages, isMathEquivalent, judgeText, mathScore, parseAction, playTurn, preprocessAction, renameFirstFunction, triviaQaReward, triviaQaSystemPrompt } from '../../src/main/tasks/index.ts'
import { testModule } from '../../src/main/tasks/rewards/python-code.ts'
import { pagesNotFound } from '../../src/main/tasks/rewards/triviaqa.ts'
import { createTestRunner } from '../../src/main/tasks/sandbox/index.ts'
import { chatMessageSchema } from '../../src/shared/domain/chat.ts'

const strings = z.array(z.string())

const goldenSchema = z.object({
  math_score: z.array(z.object({ completion: z.string(), solution: z.string(), score: z.number() })).default([]),
  math_equivalence: z.array(z.object({ a: z.string(), b: z.string(), equivalent: z.boolean() })).default([]),
  code_extract: z.array(z.object({ completion: z.string(), blocks: strings, renamed: z.string() })).default([]),
  code_run: z.array(z.object({ code: z.string(), test: z.string(), passed: z.array(z.boolean()) })).default([]),
  triviaqa_actions: z.array(z.object({ action: z.string(), preprocessed: z.string(), kind: z.string(), content: z.string() })).default([]),
  triviaqa_reward: z.array(z.object({ completion: z.string(), answers: strings, score: z.number() })).default([]),
  triviaqa_steps_without_retriever: z.array(z.object({ action: z.string(), observation: z.string(), reward: z.number(), done: z.boolean() })).default([]),
  retriever_format: z.object({ passages: z.array(z.object({ document: z.object({ contents: z.string() }) })), text: z.string() }).optional(),
  triviaqa_system_prompt: z.string().optional(),
  gsm8k_format: z.array(z.object({ question: z.string(), answer: z.string(), prompt: z.array(chatMessageSchema), solution: z.string() })).default([]),
})

/** Every one in `$GOLDEN_DIR` and its folders; one of models alone has none, and the project's own is taken. */
function findRewards(): string[] {
  const folders = [process.env['GOLDEN_DIR'] ?? [], import.meta.dirname].flat()
  const found = folders.map((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => basename(path) === 'rewards.json').map((path) => join(folder, path)))
  return found.find((paths) => paths.length > 0) ?? []
}

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('There is no python3 on PATH: whether code passes its tests as in the reference is not checked.')

describe.each(findRewards())('%s', (path) => {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(path, 'utf8')))

  test('completions get the reference math score', () => {
    const scores = golden.math_score.map(({ completion, solution }) => ({ completion, solution, score: mathScore(completion, solution) }))
    expect(scores).toEqual(golden.math_score)
  })

  test('an evaluation judges completions by that score', () => {
    const scores = golden.math_score.map(({ completion, solution }) => ({ completion, solution, score: judgeText({ kind: 'math' }, { solution, answers: [], extra: {} }, completion).reward }))
    expect(scores).toEqual(golden.math_score)
  })

  test('answers are equivalent where the reference says so', () => {
    const verdicts = golden.math_equivalence.map(({ a, b }) => ({ a, b, equivalent: isMathEquivalent(a, b) }))
    expect(verdicts).toEqual(golden.math_equivalence)
  })

  test('python functions are found and renamed as in the reference', () => {
    const extracted = golden.code_extract.map(({ completion }) => {
      const blocks = extractPythonCode(completion)
      return { completion, blocks, renamed: renameFirstFunction(blocks.join('\n'), 'target') }
    })
    expect(extracted).toEqual(golden.code_extract)
  })

  test.skipIf(!hasPython)('code passes and fails its tests as in the reference', async () => {
    // The file's own code is trusted.
    const runner = createTestRunner('unprotected')
    const { signal } = new AbortController()
    const runs = golden.code_run.map(async ({ code, test }) => {
      const { kind } = await runner.run(testModule(code, test), signal)
      return { code, test, passed: [kind === 'passed'] }
    })
    expect(await Promise.all(runs)).toEqual(golden.code_run)
  })

  test('TriviaQA actions are cut and read as in the reference', () => {
    const actions = golden.triviaqa_actions.map(({ action }) => {
      const preprocessed = preprocessAction(action)
      return { action, preprocessed, ...parseAction(preprocessed) }
    })
    expect(actions).toEqual(golden.triviaqa_actions)
  })

  test('TriviaQA completions get the reference reward', () => {
    const rewards = golden.triviaqa_reward.map(({ completion, answers }) => ({ completion, answers, score: triviaQaReward(completion, answers) }))
    expect(rewards).toEqual(golden.triviaqa_reward)
  })

  test('a TriviaQA turn without a retriever ends as in the reference', async () => {
    const turns = golden.triviaqa_steps_without_retriever.map(async ({ action }) => {
      // The file leaves out the answer that its turns were played with. A search that fails is told to the model there; here it ends the sample.
      const turn = await playTurn(action, ['paris'], () => Promise.resolve(pagesNotFound))
      return { action, ...turn }
    })
    expect(await Promise.all(turns)).toEqual(golden.triviaqa_steps_without_retriever)
  })

  test('passages are formatted as by the reference retriever', () => {
    if (golden.retriever_format === undefined) return
    expect(formatPassages(golden.retriever_format.passages)).toBe(golden.retriever_format.text)
  })

  test('the TriviaQA system prompt is the reference one', () => {
    if (golden.triviaqa_system_prompt === undefined) return
    expect(triviaQaSystemPrompt).toBe(golden.triviaqa_system_prompt)
  })

  test('GSM8K rows become the reference prompt and solution', () => {
    const formatted = golden.gsm8k_format.map(({ question, answer }) => ({ question, answer, ...formatGsm8k(question, answer) }))
    expect(formatted).toEqual(golden.gsm8k_format)
  })
})

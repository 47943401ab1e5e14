/** @file The splits are what the experiment needs: seeded, disjoint, answerable, and without a leak of the hidden table. */
import { describe, expect, test } from 'vitest'
import { renderConversation } from '../../src/main/engine/tokenization/chat-template.ts'
import { OPERATORS } from './operators.ts'
import { sampleText, type DemoSample } from './sample.ts'
import { HELD_OUT_COUNT, HELD_OUT_SPLITS, pretrainingSample, TRAINING_SPLITS } from './splits.ts'

const TRAINING_COUNT = 6000
const LOOKUP_LINE = new RegExp(`^(\\d) (${OPERATORS.join('|')}) gives$`)

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const question = (sample: DemoSample): string => sample.messages[0].content
const completion = (sample: DemoSample): string => sample.messages[1].content
const newTraining = range(TRAINING_COUNT).map((index) => TRAINING_SPLITS.new(1, index))
const newHeldOut = HELD_OUT_SPLITS.new()
const newWithFacts = HELD_OUT_SPLITS['new-with-facts']()
const baseTraining = range(TRAINING_COUNT).map((index) => TRAINING_SPLITS.base(1, index))
const baseHeldOut = HELD_OUT_SPLITS.base()

/** The lookups of a written-out solution, as "3 zorp". */
function factsOf(sample: DemoSample): string[] {
  return completion(sample)
    .split('\n')
    .flatMap((line) => LOOKUP_LINE.exec(line)?.slice(1, 3).join(' ') ?? [])
}

function pairsOf(sample: DemoSample): string[] {
  const facts = factsOf(sample)
  return facts.slice(1).map((fact, index) => `${facts[index]!}, ${fact}`)
}

describe('every split', () => {
  test('depends on seed and index alone', () => {
    for (const draw of Object.values(TRAINING_SPLITS)) {
      expect(draw(3, 5)).toEqual(draw(3, 5))
      expect(range(20).map((index) => sampleText(draw(3, index)))).not.toEqual(range(20).map((index) => sampleText(draw(4, index))))
    }
    expect(HELD_OUT_SPLITS.new()).toEqual(newHeldOut)
  })

  test('answers in the box what its solution says', () => {
    for (const sample of [...newTraining, ...baseTraining, ...newHeldOut, ...baseHeldOut, ...newWithFacts]) {
      expect(completion(sample).split('\n').at(-1)).toBe(sample.solution)
      expect(sample.solution).toMatch(/^\\boxed\{\d+\}$/)
    }
  })

  test('has arithmetic that is right', () => {
    for (const sample of baseTraining) {
      for (const [, left, sign, right, result] of completion(sample).matchAll(/(\d+) (plus|minus|times) (\d+)(?: is |, that is )(\d+)/g)) {
        const [a, b] = [Number(left), Number(right)]
        expect(Number(result), completion(sample)).toBe(sign === 'plus' ? a + b : sign === 'minus' ? a - b : a * b)
      }
    }
  })

  test('renders as the chat template does, notes apart', () => {
    for (const sample of range(30).map((index) => pretrainingSample(1, index))) {
      const withoutNotes = sample.segments.filter(({ text }) => !text.startsWith('[')).map(({ text }) => text)
      expect(withoutNotes.join('')).toBe(renderConversation(sample.messages, { addGenerationPrompt: false }))
    }
  })
})

describe('held-out problems', () => {
  test('are as many as the report needs, none twice', () => {
    for (const split of [newHeldOut, baseHeldOut]) {
      expect(split).toHaveLength(HELD_OUT_COUNT)
      expect(new Set(split.map(question)).size).toBe(HELD_OUT_COUNT)
    }
  })

  test('of the new domain use only facts that occur in training, all sixty', () => {
    const known = new Set(newTraining.flatMap(factsOf))
    expect(known.size).toBe(60)
    for (const fact of newHeldOut.flatMap(factsOf)) expect(known).toContain(fact)
  })

  test('of the new domain each follow one fact by another as no training problem does', () => {
    const trained = new Set(newTraining.flatMap(pairsOf))
    for (const sample of newHeldOut) expect(pairsOf(sample).some((pair) => !trained.has(pair))).toBe(true)
    const heldOut = new Set(newTraining.map(question))
    expect(newHeldOut.filter((sample) => heldOut.has(question(sample)))).toEqual([])
  })

  test('of the base domain have numbers and events that no training story has', () => {
    const kindWords = /^(boxes|more|fewer)$/
    const skeleton = (sample: DemoSample): string => {
      const kind = question(sample).replace(/[A-Za-z]+/g, (word) => (kindWords.test(word) ? word : ''))
      return kind + completion(sample).replace(/\D+/g, ' ')
    }
    const trained = new Set(baseTraining.map(skeleton))
    expect(baseHeldOut.filter((sample) => trained.has(skeleton(sample)))).toEqual([])
  })
})

describe('the new domain', () => {
  test('gives no fact in its questions', () => {
    for (const sample of [...newTraining, ...newHeldOut]) {
      expect(question(sample)).not.toContain('gives')
      expect(sample.segments.filter(({ supervised }) => !supervised)).toHaveLength(2)
    }
  })

  test('has two or three lookups, each answered right after one of the first four delimiters', () => {
    for (const sample of [...newTraining, ...newHeldOut]) {
      expect(completion(sample)).not.toMatch(/[.,]/)
      const lines = completion(sample).split('\n')
      const lookups = lines.flatMap((line, index) => (LOOKUP_LINE.test(line) ? [index] : []))
      expect([2, 3]).toContain(lookups.length)
      expect(Math.max(...lookups)).toBeLessThan(4)
    }
  })

  test('has a lookup whose operand is the result of a step, and a delimiter that needs no fact', () => {
    for (const sample of newHeldOut) {
      expect(completion(sample)).toMatch(/\n\d [a-z]+ gives\n/)
      expect(completion(sample)).toMatch(/plus \d gives\n/)
    }
  })

  test('asks the same questions when its facts are given, and gives every one that is needed', () => {
    for (const [index, sample] of newWithFacts.entries()) {
      const plain = newHeldOut[index]!
      expect(question(sample).endsWith(`\n${question(plain)}`)).toBe(true)
      expect(completion(sample)).toBe(completion(plain))
      const given = question(sample).split('\n')
      for (const [, fact, result] of completion(sample).matchAll(/^(\d [a-z]+) gives\n(\d)/gm)) expect(given).toContain(`${fact!} gives ${result!}`)
    }
  })
})

describe('pre-training', () => {
  const samples = range(3000).map((index) => pretrainingSample(1, index))

  test('is stories, facts in the prompt and facts as notes in equal parts', () => {
    const kinds = Map.groupBy(samples, ({ id }) => id.replace(/-\d+$/, ''))
    expect([...kinds].map(([kind, group]) => [kind, group.length])).toEqual([
      ['base-train', 1000],
      ['prompt-facts', 1000],
      ['note-facts', 1000],
    ])
  })

  test('learns neither questions nor notes, and writes a note only where a delimiter ends', () => {
    for (const { segments } of samples) {
      for (const [index, { text, supervised }] of segments.entries()) {
        if (text.startsWith('[')) expect(segments[index - 1]!.text.at(-1)).toBe('\n')
        expect(supervised).toBe(index > 0 && !text.startsWith('[') && index < segments.length - 1)
      }
    }
  })

  test('gives every fact in the text before the line that needs it', () => {
    for (const sample of samples.filter(({ id }) => !id.startsWith('base'))) {
      let text = ''
      let needed: string | null = null
      for (const segment of sample.segments) {
        if (segment.supervised && needed !== null) {
          const result = segment.text[0]!
          expect(text.includes(`${needed} gives ${result}`) || text.endsWith(`[${result}]`), sampleText(sample)).toBe(true)
        }
        text += segment.text
        if (segment.supervised) needed = LOOKUP_LINE.exec(segment.text.trimEnd())?.slice(1, 3).join(' ') ?? null
      }
    }
  })

  test('draws facts anew: what an operator gives for a digit is nothing to remember', () => {
    const results = samples.flatMap((sample) => [...sampleText(sample).matchAll(/3 zorp gives\s(\d)/g)].map(([, result]) => result))
    const largestShare = Math.max(...[...Map.groupBy(results, (result) => result).values()].map((group) => group.length / results.length))
    expect(results.length).toBeGreaterThan(50)
    expect(largestShare).toBeLessThan(0.25)
  })
})

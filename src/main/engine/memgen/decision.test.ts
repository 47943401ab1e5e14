/** @file Each policy as docs/DESIGN.md 4.8 states it, and the constant trigger's draw. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import { chooseDecision, CONSTANT_TRIGGER_LOGITS, decided, invokeProbability, isAskable, rule, type Position, type Ruling } from './decision.ts'
import { restoreStream, type RandomStream } from './sampling/random-streams.ts'

const notAsked = { kind: 'decided', decision: -100, source: null, isInserted: false } satisfies Ruling
const unasked = { ...notAsked, isInserted: true } satisfies Ruling
const insert = decided(1, 'policy')
const skip = decided(0, 'policy')
const ask = { kind: 'ask' } satisfies Ruling

const start: Position = { stepIndex: 0, isCandidate: true, candidateOrdinal: 0, augmentationCount: 0, maxInferenceAugNum: 2, variant: 'memgen' }
const plain: Position = { ...start, stepIndex: 5, isCandidate: false, candidateOrdinal: 2 }
const candidate: Position = { ...start, stepIndex: 5, candidateOrdinal: 2 }
const spent: Position = { ...candidate, augmentationCount: 2 }
const noneAllowed: Position = { ...start, maxInferenceAugNum: 0 }
const earlierStart: Position = { ...start, variant: 'latent-memory-model' }
const earlierCandidate: Position = { ...candidate, variant: 'latent-memory-model' }
const places = { start, noneAllowed, plain, candidate, spent, earlierStart, earlierCandidate }

/** What each policy rules at each of the places. */
const table: readonly { policy: MemoryPolicy; rulings: Record<keyof typeof places, Ruling> }[] = [
  {
    policy: { kind: 'vanilla' },
    rulings: { start: notAsked, noneAllowed: notAsked, plain: notAsked, candidate: notAsked, spent: notAsked, earlierStart: notAsked, earlierCandidate: notAsked },
  },
  {
    policy: { kind: 'prompt-only' },
    rulings: { start: insert, noneAllowed: insert, plain: notAsked, candidate: notAsked, spent: notAsked, earlierStart: unasked, earlierCandidate: notAsked },
  },
  {
    policy: { kind: 'trigger' },
    rulings: { start: ask, noneAllowed: ask, plain: notAsked, candidate: ask, spent: notAsked, earlierStart: unasked, earlierCandidate: ask },
  },
  {
    policy: { kind: 'always' },
    rulings: { start: insert, noneAllowed: insert, plain: notAsked, candidate: insert, spent: notAsked, earlierStart: unasked, earlierCandidate: insert },
  },
  {
    policy: { kind: 'random', probability: 1 },
    rulings: { start: insert, noneAllowed: insert, plain: notAsked, candidate: insert, spent: notAsked, earlierStart: unasked, earlierCandidate: insert },
  },
  {
    policy: { kind: 'random', probability: 0 },
    rulings: { start: skip, noneAllowed: skip, plain: notAsked, candidate: skip, spent: notAsked, earlierStart: unasked, earlierCandidate: skip },
  },
  {
    policy: { kind: 'schedule', steps: [5] },
    rulings: { start: notAsked, noneAllowed: notAsked, plain: insert, candidate: insert, spent: insert, earlierStart: notAsked, earlierCandidate: insert },
  },
  {
    policy: { kind: 'schedule', steps: [0] },
    rulings: { start: insert, noneAllowed: insert, plain: notAsked, candidate: notAsked, spent: notAsked, earlierStart: insert, earlierCandidate: notAsked },
  },
  {
    policy: { kind: 'candidates', ordinals: [2] },
    rulings: { start: notAsked, noneAllowed: notAsked, plain: notAsked, candidate: insert, spent: insert, earlierStart: notAsked, earlierCandidate: insert },
  },
  {
    policy: { kind: 'candidates', ordinals: [0, 1] },
    rulings: { start: insert, noneAllowed: insert, plain: notAsked, candidate: notAsked, spent: notAsked, earlierStart: insert, earlierCandidate: notAsked },
  },
]

const cells = table.flatMap(({ policy, rulings }) =>
  Object.entries(rulings).map(([place, ruling]) => ({ policy, title: JSON.stringify(policy), place: place as keyof typeof places, ruling })),
)

/** Fails the test when it is drawn from. */
const untouchable: RandomStream = {
  next: () => {
    throw new Error('nothing may be drawn here')
  },
  state: () => [],
}

function seeded(seed: number): RandomStream {
  return restoreStream([seed, 2, 3, 4])
}

function returning(value: number): RandomStream {
  return { next: () => value, state: () => [] }
}

test.each(cells)('$title rules at $place as designed', ({ policy, place, ruling }) => {
  const stream = policy.kind === 'random' ? seeded(1) : untouchable
  expect(rule(policy, places[place], stream)).toEqual(ruling)
})

test('random draws once where the trigger would be asked, and nowhere else', () => {
  for (const position of Object.values(places)) {
    const stream = seeded(7)
    rule({ kind: 'random', probability: 0.5 }, position, stream)
    const reference = seeded(7)
    if (isAskable(position)) reference.next()
    expect(stream.state()).toEqual(reference.state())
  }
})

test('random may insert at another rate before the first token', () => {
  const policy = { kind: 'random', probability: 0, promptProbability: 1 } as const
  expect(rule(policy, { ...candidate, stepIndex: 0 }, seeded(1))).toMatchObject({ decision: 1 })
  expect(rule(policy, candidate, seeded(1))).toMatchObject({ decision: 0 })
})

test('random inserts with its probability', () => {
  const stream = seeded(3)
  const draws = Array.from({ length: 4000 }, () => rule({ kind: 'random', probability: 0.3 }, candidate, stream))
  // One standard deviation is 0.007.
  expect(draws.filter((ruling) => ruling.kind === 'decided' && ruling.isInserted).length / draws.length).toBeCloseTo(0.3, 1)
})

describe('the trigger answers', () => {
  const greedy = { doSample: false, temperature: 1 }

  test('with the larger logit, and with "skip" where both are equal', () => {
    expect(chooseDecision([0.1, 0.2], greedy, untouchable)).toBe(1)
    expect(chooseDecision([0.2, 0.1], greedy, untouchable)).toBe(0)
    expect(chooseDecision([0.2, 0.2], greedy, untouchable)).toBe(0)
  })

  test('greedily at temperature 0, whatever doSample says', () => {
    expect(chooseDecision([0, 1], { doSample: true, temperature: 0 }, untouchable)).toBe(1)
  })

  test('as a constant, sampled, with probability sigmoid(1 / temperature)', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 20, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true }), (temperature, draw) => {
        const expected = draw < 1 / (1 + Math.exp(-1 / temperature)) ? 1 : 0
        expect(chooseDecision(CONSTANT_TRIGGER_LOGITS, { doSample: true, temperature }, returning(draw))).toBe(expected)
      }),
    )
  })

  test('with a probability that is softmax of its logits, however far they are apart', () => {
    expect(invokeProbability([0, 0])).toBe(0.5)
    expect(invokeProbability([0, 1])).toBeCloseTo(Math.E / (1 + Math.E), 12)
    expect(invokeProbability([-500, 500])).toBe(1)
    expect(invokeProbability([900, -900])).toBe(0)
  })
})

/**
 * @file The base domain: small stories about counted things, each solved line by line with nothing to look up. Does not know the
 * operators.
 */
import { createDraws, type Draws } from './draws.ts'
import { boxed, createSample, type DemoSample } from './sample.ts'

/** Fixes which stories are held out, whatever the seed of a training run. */
const SPLIT_SEED = 2509
/** Share of the stories, told apart by their numbers and events, that training never shows. */
const HELD_OUT = 0.15
const LARGEST_TOTAL = 40

const NAMES = ['Ann', 'Ben', 'Cora', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ivan', 'June', 'Kim', 'Leo', 'Mara', 'Nils', 'Olga', 'Paul']
const THINGS = ['apples', 'books', 'coins', 'cards', 'eggs', 'keys', 'maps', 'nuts', 'pens', 'plums', 'rings', 'roses', 'shells', 'spoons', 'stamps', 'stones', 'tiles', 'toys']
const GAINS = ['buys', 'earns', 'finds', 'gets', 'makes', 'wins']
const LOSSES = ['breaks', 'drops', 'loses', 'sells', 'spends', 'uses']

interface Story {
  /** What happens, in sentences, without the question. */
  readonly events: readonly string[]
  readonly question: string
  readonly lines: readonly string[]
  readonly answer: number
  /** Kind and numbers: two stories with the same key differ in names, things and verbs only. */
  readonly key: string
}

/** Story `index` of an endless training split, without the held-out ones. */
export function baseDomainSample(seed: number, index: number): DemoSample {
  return storySample(`base-train-${index}`, drawStory(createDraws(seed, 'base domain', index), false))
}

/** Distinct held-out stories: neither they nor stories with the same numbers and events are in training. */
export function baseDomainHeldOut(count: number): DemoSample[] {
  const seen = new Set<string>()
  const samples: DemoSample[] = []
  for (let index = 0; samples.length < count; index++) {
    const sample = storySample(`base-held-out-${samples.length}`, drawStory(createDraws(SPLIT_SEED, 'base domain, held out', index), true))
    const question = sample.messages[0].content
    if (seen.has(question)) continue
    seen.add(question)
    samples.push(sample)
  }
  return samples
}

/** Whether stories with this key belong to the held-out split. */
function isHeldOutStory(key: string): boolean {
  return createDraws(SPLIT_SEED, `story ${key}`).chance(HELD_OUT)
}

const STORY_KINDS: readonly ((draws: Draws) => Story)[] = [purseStory, boxesStory, pairStory]

function drawStory(draws: Draws, isHeldOut: boolean): Story {
  for (;;) {
    const story = draws.pick(STORY_KINDS)(draws)
    if (isHeldOutStory(story.key) === isHeldOut) return story
  }
}

function storySample(id: string, { events, question, lines, answer }: Story): DemoSample {
  const reasoning = lines.map((line) => `${line}.\n`).join('')
  return createSample({
    id,
    question: `${events.map((event) => `${event}. `).join('')}${question}?`,
    completion: [{ text: reasoning + boxed(answer), supervised: true }],
    answer,
  })
}

/** Somebody has some, and then gains and loses. */
function purseStory(draws: Draws): Story {
  const name = draws.pick(NAMES)
  const things = draws.pick(THINGS)
  const start = draws.int(2, 20)
  const changes = drawChanges(name, start, draws.int(2, 3), draws)
  return {
    events: [`${name} has ${start} ${things}`, ...changes.events],
    question: `How many ${things} does ${name} have`,
    lines: [`${name} starts with ${start}`, ...changes.lines],
    answer: changes.total,
    key: ['purse', start, ...changes.amounts].join(' '),
  }
}

/** Boxes with the same number in each, and then gains and losses. */
function boxesStory(draws: Draws): Story {
  const name = draws.pick(NAMES)
  const things = draws.pick(THINGS)
  const boxes = draws.int(2, 5)
  const inEach = draws.int(2, 6)
  const start = boxes * inEach
  const changes = drawChanges(name, start, draws.int(1, 2), draws)
  return {
    events: [`${name} has ${boxes} boxes with ${inEach} ${things} in each`, ...changes.events],
    question: `How many ${things} does ${name} have`,
    lines: [`${boxes} boxes of ${inEach}, ${boxes} times ${inEach} is ${start}`, ...changes.lines],
    answer: changes.total,
    key: ['boxes', boxes, inEach, ...changes.amounts].join(' '),
  }
}

/** Two people, the second with more or fewer than the first, counted together after a change. */
function pairStory(draws: Draws): Story {
  const [name, other] = draws.shuffle(NAMES) as [string, string]
  const things = draws.pick(THINGS)
  const first = draws.int(5, 12)
  const difference = draws.int(1, 4)
  const isMore = draws.chance(0.5)
  const second = isMore ? first + difference : first - difference
  const together = first + second
  const changes = drawChanges(name, together, draws.int(0, 1), draws)
  return {
    events: [`${name} has ${first} ${things}`, `${other} has ${difference} ${isMore ? 'more' : 'fewer'}`, ...changes.events],
    question: `How many ${things} do they have together`,
    lines: [
      `${other} has ${first} ${isMore ? 'plus' : 'minus'} ${difference}, that is ${second}`,
      `Together, ${first} plus ${second} is ${together}`,
      ...changes.lines,
    ],
    answer: changes.total,
    key: ['pair', first, isMore ? difference : -difference, ...changes.amounts].join(' '),
  }
}

interface Changes {
  readonly events: readonly string[]
  readonly lines: readonly string[]
  readonly amounts: readonly number[]
  readonly total: number
}

/** Gains and losses of one to nine that keep the total between zero and the largest. */
function drawChanges(name: string, start: number, count: number, draws: Draws): Changes {
  const events: string[] = []
  const lines: string[] = []
  const amounts: number[] = []
  let total = start
  for (let index = 0; index < count; index++) {
    const amount = draws.int(1, 9)
    const isGain = total < amount || (total + amount <= LARGEST_TOTAL && draws.chance(0.5))
    const next = isGain ? total + amount : total - amount
    const event = `${name} ${draws.pick(isGain ? GAINS : LOSSES)} ${amount}`
    events.push(event)
    lines.push(`${event}, ${total} ${isGain ? 'plus' : 'minus'} ${amount} is ${next}`)
    amounts.push(next - total)
    total = next
  }
  return { events, lines, amounts, total }
}

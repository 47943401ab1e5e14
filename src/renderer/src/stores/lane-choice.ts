/** @file The lanes in their order, shown or not, as they are kept between visits. It does not know where they are kept. */
import { z } from 'zod'
import { laneIds, type LaneId } from '../charts/lane.ts'

export interface ChosenLane {
  readonly id: LaneId
  readonly isShown: boolean
}
/** Every lane once, from top to bottom. */
export type LaneChoice = readonly ChosenLane[]

const shownAtFirst: readonly LaneId[] = ['trigger', 'entropy', 'norms']
const storedSchema = z.array(z.object({ id: z.string(), isShown: z.boolean() }))

export function defaultLaneChoice(): LaneChoice {
  return laneIds.map((id) => ({ id, isShown: shownAtFirst.includes(id) }))
}

/** At least one lane stays. */
export function toggleLane(choice: LaneChoice, id: LaneId): LaneChoice {
  const toggled = choice.map((lane) => (lane.id === id ? { ...lane, isShown: !lane.isShown } : lane))
  return toggled.some(({ isShown }) => isShown) ? toggled : choice
}

/** By one place up (-1) or down (1); at the end it stays. */
export function moveLane(choice: LaneChoice, id: LaneId, by: -1 | 1): LaneChoice {
  const from = choice.findIndex((lane) => lane.id === id)
  const lane = choice[from]
  const to = from + by
  if (lane === undefined || to < 0 || to >= choice.length) return choice
  return choice.toSpliced(from, 1).toSpliced(to, 0, lane)
}

export const laneChoiceSerializer = {
  /** What another version kept is taken as far as it makes sense: unknown lanes are dropped, new ones come last and hidden. */
  read(raw: string): LaneChoice {
    const stored = parse(raw).filter((lane): lane is ChosenLane => laneIds.some((id) => id === lane.id))
    const known = stored.filter(({ id }, index) => stored.findIndex((lane) => lane.id === id) === index)
    if (!known.some(({ isShown }) => isShown)) return defaultLaneChoice()
    return [...known, ...laneIds.filter((id) => !known.some((lane) => lane.id === id)).map((id) => ({ id, isShown: false }))]
  },
  write: (choice: LaneChoice): string => JSON.stringify(choice),
}

function parse(raw: string): { id: string; isShown: boolean }[] {
  try {
    return storedSchema.safeParse(JSON.parse(raw)).data ?? []
  } catch {
    // Not JSON: whoever wrote it, there is nothing to take.
    return []
  }
}

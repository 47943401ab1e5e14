import { expect, it } from 'vitest'
import { laneIds } from '../charts/lane.ts'
import { defaultLaneChoice, laneChoiceSerializer, moveLane, toggleLane } from './lane-choice.ts'

const first = defaultLaneChoice()
const shownOf = (choice: typeof first): string[] => choice.filter(({ isShown }) => isShown).map(({ id }) => id)

it('shows trigger, entropy and norms at first', () => {
  expect(shownOf(first)).toEqual(['trigger', 'entropy', 'norms'])
  expect(first.map(({ id }) => id)).toEqual(laneIds)
})

it('never hides the last lane', () => {
  const one = toggleLane(toggleLane(first, 'trigger'), 'norms')
  expect(shownOf(toggleLane(one, 'entropy'))).toEqual(['entropy'])
})

it('moves a lane by one place, and not beyond the ends', () => {
  expect(moveLane(first, 'entropy', -1).map(({ id }) => id).slice(0, 2)).toEqual(['entropy', 'trigger'])
  expect(moveLane(first, 'trigger', -1)).toBe(first)
})

it('reads what it wrote', () => {
  const choice = moveLane(toggleLane(first, 'time'), 'time', -1)
  expect(laneChoiceSerializer.read(laneChoiceSerializer.write(choice))).toEqual(choice)
})

it('takes what another version kept as far as it makes sense', () => {
  const kept = JSON.stringify([{ id: 'norms', isShown: true }, { id: 'gone', isShown: true }, { id: 'norms', isShown: false }])
  const choice = laneChoiceSerializer.read(kept)
  expect(shownOf(choice)).toEqual(['norms'])
  expect(choice.map(({ id }) => id).toSorted()).toEqual([...laneIds].toSorted())
  for (const broken of ['', 'null', '{"a":1}', '[]', '[{"id":"gone","isShown":true}]']) expect(laneChoiceSerializer.read(broken)).toEqual(first)
})

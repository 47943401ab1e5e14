import { describe, expect, it } from 'vitest'
import { moveSelection, type Selection } from './move-selection.ts'

const trace = { promptLength: 3, stepCount: 10, insertionSteps: [0, 4, 7] }
const step = (index: number): Selection => ({ kind: 'step', index })
const prompt = (index: number): Selection => ({ kind: 'prompt', index })

describe('moveSelection', () => {
  it('walks over prompt and generated tokens as one line', () => {
    expect(moveSelection(step(0), 'previous', trace)).toEqual(prompt(2))
    expect(moveSelection(prompt(2), 'next', trace)).toEqual(step(0))
  })

  it('stops at both ends', () => {
    expect(moveSelection(prompt(0), 'previous', trace)).toEqual(prompt(0))
    expect(moveSelection(step(9), 'next', trace)).toEqual(step(9))
  })

  it('goes to the first generated token, and from there to the prompt', () => {
    expect(moveSelection(step(5), 'first', trace)).toEqual(step(0))
    expect(moveSelection(step(0), 'first', trace)).toEqual(prompt(0))
  })

  it('jumps between insertions and stays where there is none', () => {
    expect(moveSelection(step(5), 'previous-insertion', trace)).toEqual(step(4))
    expect(moveSelection(prompt(1), 'next-insertion', trace)).toEqual(step(0))
    expect(moveSelection(step(7), 'next-insertion', trace)).toBeNull()
  })

  it('starts at the end when nothing is selected', () => {
    expect(moveSelection(null, 'previous', trace)).toEqual(step(9))
    expect(moveSelection(null, 'next', { promptLength: 0, stepCount: 0, insertionSteps: [] })).toBeNull()
  })
})

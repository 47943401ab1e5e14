import { computed } from 'vue'
import { describe, expect, it } from 'vitest'
import type { Step } from '../../../shared/domain/step.ts'
import { createTraceDetails, PAGE_STEPS } from './trace-details.ts'

function step(index: number): Step {
  return {
    index, tokenId: index, text: 'a', logprob: -1, entropy: 1, topK: [], candidate: false, gateReason: null, triggerLogits: null, pInvoke: null, decision: -100,
    decisionSource: null, augmentationCount: 0, weaveId: null, randomState: { token: [], trigger: [], policy: [] }, elapsedMs: { decide: 0, weave: 0, decode: 1 }, twin: null,
  }
}

function recorded(length: number): { asked: [number, number][]; details: ReturnType<typeof createTraceDetails> } {
  const asked: [number, number][] = []
  const details = createTraceDetails(
    (from, to) => {
      asked.push([from, to])
      return Promise.resolve({ steps: Array.from({ length: Math.min(to, length) - from }, (_, offset) => step(from + offset)), weaves: [] })
    },
    (error) => {
      throw error
    },
  )
  return { asked, details }
}

describe('details of a trace', () => {
  it('come a page at a time, each asked for once, and tell whoever reads them', async () => {
    const { asked, details } = recorded(450)
    const shown = computed(() => details.step(210)?.tokenId ?? null)
    expect(shown.value).toBeNull()
    details.step(300)
    await details.load(399)
    expect(shown.value).toBe(210)
    expect(asked).toEqual([[200, 400]])
  })

  it('are forgotten page by page, and fetched again when somebody looks', async () => {
    const { asked, details } = recorded(100 * PAGE_STEPS)
    for (let page = 0; page < 100; page += 1) await details.load(page * PAGE_STEPS)
    expect(await details.load(0)).not.toBeNull()
    expect(asked).toHaveLength(101)
  })

  it('keep the steps that a fork shares and ask for the others anew', async () => {
    const { asked, details } = recorded(10)
    await details.load(3)
    details.reset(4)
    expect(details.step(3)).not.toBeNull()
    expect(asked).toHaveLength(1)
    expect(details.step(4)).toBeNull()
    expect(asked).toHaveLength(2)
  })
})

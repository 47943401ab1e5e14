import { describe, expect, it } from 'vitest'
import { anchors } from '../../../shared/paper/anchors.ts'
import { findAnchors } from './find-anchors.ts'

describe('searching the paper’s tables', () => {
  it('needs every word, in method, model, task or source', () => {
    expect(findAnchors(anchors, { search: 'memgen grpo gsm8k qwen3', model: null, task: null }).map(({ accuracy }) => accuracy)).toEqual([0.932])
    expect(findAnchors(anchors, { search: 'reproduction', model: null, task: null }).length).toBeGreaterThan(5)
  })

  it('narrows by model and task', () => {
    expect(findAnchors(anchors, { search: 'vanilla table 3', model: 'Qwen2.5-1.5B', task: 'kodcode' }).map(({ accuracy }) => accuracy)).toEqual([0.2455])
    expect(findAnchors(anchors, { search: 'no such method', model: null, task: null })).toEqual([])
  })
})

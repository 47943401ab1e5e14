import { describe, expect, it } from 'vitest'
import { expressionNames } from '../../../shared/debugging/index.ts'
import { completeExpression, withCompletion } from './complete-expression.ts'

describe('completion', () => {
  const namesAt = (source: string, isAsked = false): string[] => completeExpression(expressionNames, source, source.length, isAsked).names.map(({ name }) => name)

  it('offers what begins with the word, then what holds it', () => {
    expect(namesAt('entropy > 3 && aug')).toEqual(['augmentationCount'])
    expect(namesAt('weave.m')).toEqual(['weave.minNorm', 'weave.maxNorm'])
    expect(namesAt('norm')).toEqual(['weave.norm', 'weave.minNorm', 'weave.maxNorm'])
    expect(namesAt('entropy')).toEqual([])
    expect(namesAt('entropy > ')).toEqual([])
    expect(namesAt('entropy > ', true)).toContain('pInvoke')
  })

  it('stays out of texts', () => {
    expect(namesAt('token == "ent')).toEqual([])
    expect(namesAt('token == "a\\"ent', true)).toEqual([])
    expect(namesAt('token == "a" && ent')).toEqual(['entropy', 'augmentationCount'])
  })

  it('goes into the parentheses of a function', () => {
    const completion = completeExpression(expressionNames, '1 + ran > 2', 7, false)
    expect(withCompletion('1 + ran > 2', completion, completion.names[0]!)).toEqual({ source: '1 + rank( > 2', cursor: 9 })
    expect(withCompletion('ran("x")', { ...completion, from: 0, to: 3 }, completion.names[0]!)).toEqual({ source: 'rank("x")', cursor: 4 })
  })
})

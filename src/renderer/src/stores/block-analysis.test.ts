import { expect, test } from 'vitest'
import type { TraceId, WeaveId } from '../../../shared/domain/identifiers.ts'
import { createQuestion } from './block-analysis.ts'

const place = (weaveId: string) => ({ traceId: 't' as TraceId, weaveId: weaveId as WeaveId })

test('a block is asked about once, and again only after a failure', async () => {
  let calls = 0
  const question = createQuestion(() => {
    calls += 1
    return calls === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(calls)
  })
  expect(question.answerFor(place('a'))).toBeNull()
  await question.ask(place('a'))
  expect(question.answerFor(place('a'))?.phase).toBe('failed')
  await question.ask(place('a'))
  await question.ask(place('a'))
  expect(question.answerFor(place('a'))).toEqual({ phase: 'ready', value: 2 })
  expect(calls).toBe(2)
})

test('the oldest block gives way when many were asked about', async () => {
  const question = createQuestion(() => Promise.resolve(0))
  for (let index = 0; index < 33; index++) await question.ask(place(`w${index}`))
  expect(question.answerFor(place('w0'))).toBeNull()
  expect(question.answerFor(place('w32'))?.phase).toBe('ready')
})

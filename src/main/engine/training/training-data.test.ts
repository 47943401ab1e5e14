/** @file Which samples become rows; what of a row is labelled is shown in encode-conversation.test.ts. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Sample, SampleContent } from '../../tasks/index.ts'
import { openTokenizer } from '../tokenization/tokenizer.ts'
import { encodeRows } from './training-data.ts'

const tokenizer = openTokenizer(join(import.meta.dirname, '../../../../test/golden/qwen2/base'))

function sampleOf(line: number, content: SampleContent): Sample {
  return { id: `line-${line}`, line, content, solution: null, answers: [] }
}

const answered = (line: number, answer: string): Sample =>
  sampleOf(line, {
    kind: 'conversation',
    messages: [
      { role: 'user', content: 'How many?' },
      { role: 'assistant', content: answer },
    ],
  })

test('samples that are too long or teach nothing are counted, and the rest become rows', () => {
  const unanswered = sampleOf(3, { kind: 'conversation', messages: [{ role: 'user', content: 'Hi' }] })
  const { rows, tooLongCount, emptyCount } = encodeRows([answered(1, 'One.'), answered(2, 'a much longer answer '.repeat(9)), unanswered], tokenizer, 60)
  expect(rows.map(({ sample }) => sample.line)).toEqual([1])
  expect({ tooLongCount, emptyCount }).toEqual({ tooLongCount: 1, emptyCount: 1 })
})

test('a message of any length is too long, not too much', () => {
  expect(encodeRows([answered(1, 'a b, '.repeat(100_000))], tokenizer, 60).tooLongCount).toBe(1)
})

test('a row of exactly the longest length is kept', () => {
  const length = encodeRows([answered(1, 'One.')], tokenizer, 1_000).rows[0]?.ids.length ?? 0
  expect(encodeRows([answered(1, 'One.')], tokenizer, length).tooLongCount).toBe(0)
  expect(encodeRows([answered(1, 'One.')], tokenizer, length - 1).tooLongCount).toBe(1)
})

test('a text is learnt from where its completion begins to an end of sequence', () => {
  const { rows } = encodeRows([sampleOf(1, { kind: 'text', prompt: 'Once', completion: ' upon' })], tokenizer, 1_000)
  const learnt = rows[0]?.labels.filter((label) => label !== -100) ?? []
  expect(learnt).toEqual([...tokenizer.encode(' upon'), tokenizer.eosTokenId])
})

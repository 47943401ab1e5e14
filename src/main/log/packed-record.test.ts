/** @file A record comes back from its bytes as it was, damaged bytes are refused in words, and the documented example is what is written. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompactWeave } from '../../shared/domain/compact-record.ts'
import { packRecord, type PackedColumns, readTokenCount, RECORD_HEAD_BYTES, unpackRecord } from './packed-record.ts'

const anyFloat = fc.float().map((value) => value + 0)
const anyCount = fc.nat({ max: 1_000_000 })

const anyWeave: fc.Arbitrary<CompactWeave> = fc.record({
  stepIndex: anyCount,
  kind: fc.constantFrom('prompt', 'inference'),
  contextLength: anyCount,
  norms: fc.array(anyFloat, { maxLength: 9 }),
  latents: fc.constant(null),
  latentsBeforeProjection: fc.constant(null),
})

/** Any columns of equal length; pieces are any UTF-16, also halves of a character. */
const anyRecord: fc.Arbitrary<PackedColumns> = fc.array(fc.tuple(fc.nat({ max: 2 ** 31 - 1 }), fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('🐢', '\ud83d', '\udc22', '\0', '\ufdd0')), anyFloat, anyFloat), { maxLength: 40 }).chain((steps) =>
  fc.record({ promptTokenCount: anyCount, weaves: fc.array(anyWeave, { maxLength: 4 }) }).map((rest) => ({
    ...rest,
    tokenIds: Int32Array.from(steps, ([id]) => id),
    texts: steps.map(([, text]) => text),
    logprobs: Float32Array.from(steps, ([, , logprob]) => logprob),
    entropies: Float32Array.from(steps, ([, , , entropy]) => entropy),
  })),
)

const plain: PackedColumns = {
  promptTokenCount: 5,
  tokenIds: Int32Array.of(300, 2),
  texts: [' ok', '</s>'],
  logprobs: Float32Array.of(-0.5, 0),
  entropies: Float32Array.of(1, 0.25),
  weaves: [{ stepIndex: 0, kind: 'prompt', contextLength: 5, norms: [1], latents: null, latentsBeforeProjection: null }],
}

describe('a record', () => {
  it('comes back as it was, whatever part of its pieces the text of the turn is', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.boolean(), (record, at, isOther) => {
        const joined = record.texts.join('')
        const text = isOther ? `another text ${joined}` : joined.slice(0, at % (joined.length + 1))
        expect(unpackRecord(packRecord(record, text), text)).toEqual(record)
      }),
    )
  })

  it('tells how many tokens it has by its first bytes', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(readTokenCount(packRecord(record, null).subarray(0, RECORD_HEAD_BYTES))).toBe(record.tokenIds.length)
      }),
    )
  })

  it('holds no text that the turn has already', () => {
    const long = { ...plain, texts: ['x'.repeat(10_000), '</s>'] }
    expect(packRecord(long, 'x'.repeat(10_000)).length).toBe(packRecord(plain, ' ok').length + 1)
  })

  it('is written as the page on the log says', () => {
    const hex = Buffer.from(packRecord(plain, ' ok')).toString('hex')
    expect(hex).toBe(['01', '01', '05', '02', 'ac0202', '0304', '043c2f733e', '01', '00', '00', '05', '01', '0000803f', '000000bf00000000', '0000803f0000803e'].join(''))
  })

  it('of columns that differ in length is refused', () => {
    expect(() => packRecord({ ...plain, texts: [] }, '')).toThrow('internal: a record has 2 tokens, 0 texts, 2 logprobs and 2 entropies')
  })
})

describe('bytes that are no record are refused:', () => {
  const bytes = packRecord(plain, ' ok')
  it.each([
    ['none', new Uint8Array(), ' ok', 'more than 0 bytes were expected'],
    ['of a later version', Uint8Array.of(2, ...bytes.subarray(1)), ' ok', 'a packed record of version 1 was expected, found 2'],
    ['that announce more tokens than they hold', Uint8Array.of(1, 1, 5, 0xff, 0xff, 0xff, 0x7f), ' ok', 'entries were announced, but 0 bytes are left'],
    ['that end too early', bytes.subarray(0, bytes.length - 1), ' ok', 'bytes were expected'],
    ['with something behind', Uint8Array.of(...bytes, 0), ' ok', '1 bytes are left over'],
    ['beside another text', bytes, ' o', 'pieces of 6 UTF-16 units were expected, found 7'],
  ])('%s', (_, damaged, text, problem) => {
    expect(() => unpackRecord(damaged, text)).toThrow(problem)
  })

  it('whatever is changed in them, without running out of memory', () => {
    fc.assert(
      fc.property(anyRecord, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }), (record, changes) => {
        const damaged = packRecord(record, '')
        for (const [at, value] of changes) damaged[at % damaged.length] = value
        try {
          expect(unpackRecord(damaged, '').tokenIds.length).toBeLessThanOrEqual(damaged.length)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})

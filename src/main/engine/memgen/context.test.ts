/** @file A context gives back what was appended from any position on, after truncation and forking too. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LATENT } from '../runtime/ragged-batch.ts'
import { Context } from './context.ts'

const HIDDEN_SIZE = 2

test('tokens and latents lie in the order they were appended', () => {
  const context = new Context(HIDDEN_SIZE)
  context.appendToken(7)
  context.appendLatents(Float32Array.of(1, 2, 3, 4))
  context.appendToken(8)
  expect(context.length).toBe(4)
  expect(context.from(0)).toEqual({ ids: [7, LATENT, LATENT, 8], latents: Float32Array.of(1, 2, 3, 4) })
  expect(context.from(2)).toEqual({ ids: [LATENT, 8], latents: Float32Array.of(3, 4) })
  expect(context.from(4)).toEqual({ ids: [], latents: new Float32Array(0) })
})

test('a long context is forked', () => {
  const context = new Context(HIDDEN_SIZE)
  for (let position = 0; position < 200_000; position++) context.appendToken(position)
  expect(context.fork(150_000).length).toBe(150_000)
})

test('a fork and its origin do not notice each other', () => {
  const context = new Context(HIDDEN_SIZE)
  context.appendToken(7)
  context.appendLatents(Float32Array.of(1, 2))
  const fork = context.fork(1)
  fork.appendLatents(Float32Array.of(9, 9))
  context.appendToken(8)
  expect(fork.from(0)).toEqual({ ids: [7, LATENT], latents: Float32Array.of(9, 9) })
  expect(context.from(0)).toEqual({ ids: [7, LATENT, 8], latents: Float32Array.of(1, 2) })
})

const operation = fc.oneof(
  fc.record({ kind: fc.constant('token' as const), id: fc.nat({ max: 99 }) }),
  fc.record({ kind: fc.constant('latents' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('truncate' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

test('a context equals a plain list of positions under any appends and truncations', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), fc.double({ min: 0, max: 1, noNaN: true }), (operations, share) => {
      const context = new Context(HIDDEN_SIZE)
      const positions: { id: number; latent: number[] }[] = []
      for (const [index, step] of operations.entries()) {
        if (step.kind === 'token') {
          context.appendToken(step.id)
          positions.push({ id: step.id, latent: [] })
        } else if (step.kind === 'latents') {
          const latents = Array.from({ length: step.count }, (_, row) => [100 * index + row, -row])
          context.appendLatents(Float32Array.from(latents.flat()))
          positions.push(...latents.map((latent) => ({ id: LATENT, latent })))
        } else {
          const length = Math.round(step.share * positions.length)
          context.truncate(length)
          positions.length = length
        }
      }
      const start = Math.round(share * positions.length)
      const rest = positions.slice(start)
      const expected = { ids: rest.map(({ id }) => id), latents: Float32Array.from(rest.flatMap(({ latent }) => latent)) }
      expect(context.length).toBe(positions.length)
      expect(context.from(start)).toEqual(expected)
      expect(context.fork(positions.length).from(start)).toEqual(expected)
    }),
  )
})

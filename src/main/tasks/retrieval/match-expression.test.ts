/** @file Whatever a model searches for, FTS5 understands it. */
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchExpression } from './match-expression.ts'

test('a question becomes its telling words, in any order', () => {
  expect(matchExpression('Who was the author of "Dubliners"?')).toBe('"who" OR "author" OR "dubliners"')
  expect(matchExpression('to be or not to be')).toBe('"to" OR "be" OR "or" OR "not"')
})

test('a text without words asks for nothing', () => {
  expect(matchExpression('')).toBeNull()
  expect(matchExpression('"*:^ -- 😀 \0')).toBeNull()
})

test('ten kilobytes become as many words as FTS5 takes', () => {
  const long = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ')
  expect(matchExpression(long)?.split(' OR ')).toHaveLength(64)
})

test('no text breaks FTS5', () => {
  const database = new Database(':memory:')
  database.exec(`create virtual table passages using fts5(contents, tokenize = 'porter unicode61 remove_diacritics 2')`)
  database.prepare('insert into passages values (?)').run('and near not or paris 42')
  const select = database.prepare('select count(*) from passages where passages match ?')
  const pieces = fc.constantFrom('"', "'", 'AND', 'OR', 'NOT', 'NEAR(', 'NEAR/2', ')', '*', '^', ':', '-', '+', '{', '}', 'contents:', '\0', '😀', 'é', 'e\u0301', '\ud800', 'ſ', '٣', 'x'.repeat(1_000))
  const query = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces).map((parts) => parts.join(' ')), fc.array(pieces).map((parts) => parts.join('')))
  fc.assert(
    fc.property(query, (text) => {
      const expression = matchExpression(text)
      if (expression !== null) expect(() => select.get(expression)).not.toThrow()
    }),
  )
  expect(select.pluck().get(matchExpression('NEAR AND NOT')!)).toBe(1)
  database.close()
})

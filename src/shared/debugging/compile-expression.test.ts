import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { weaveIdSchema } from '../domain/identifiers.ts'
import { stepSchema, type Step } from '../domain/step.ts'
import type { WeaveOverview } from '../domain/trace-columns.ts'
import { compileCondition, compileExpression, escapeText, evaluate, ExpressionError, explainError, expressionNames, MAX_SOURCE_LENGTH, unescapeText } from './index.ts'
import type { ExpressionValue } from './syntax-tree.ts'

const step: Step = stepSchema.parse({
  index: 7,
  tokenId: 11,
  text: '.\n',
  logprob: Math.log(0.25),
  entropy: 1.5,
  topK: [{ tokenId: 5, text: ' the', logprob: Math.log(0.5) }, { tokenId: 11, text: '.\n', logprob: Math.log(0.25) }],
  candidate: true,
  gateReason: ',',
  triggerLogits: [0.1, 1.4],
  pInvoke: 0.785,
  decision: 1,
  decisionSource: 'model',
  augmentationCount: 2,
  weaveId: 'w',
  randomState: { token: [], trigger: [], policy: [] },
  elapsedMs: { decide: 1, weave: 2, decode: 3 },
  twin: { tokenId: 5, text: ' the', logprob: -2, kl: 0.5 },
})
const weave: WeaveOverview = { id: weaveIdSchema.parse('w'), stepIndex: 7, kind: 'inference', contextLength: 40, norms: [3, 5] }
const plain: Step = { ...step, pInvoke: null, triggerLogits: null, decision: -100, decisionSource: null, weaveId: null, twin: null, topK: [] }

function valueOf(source: string): ExpressionValue {
  return evaluate(compileExpression(source), { step, weave, generatedText: 'It is 3.\n' })
}

function plainValueOf(source: string): ExpressionValue {
  return evaluate(compileExpression(source), { step: plain, weave: null, generatedText: '' })
}

function errorOf(source: string, compile: (source: string) => unknown = compileExpression): ExpressionError {
  try {
    compile(source)
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`${source} compiles`)
}

describe('an expression', () => {
  it.each<[string, ExpressionValue]>([
    ['pInvoke > 0.7 && augmentationCount == 2', true],
    ['token == ".\\n"', true],
    ['"\\u{20ac}\\u0041" == "€A"', true],
    ['1 + 2 * 3 - 4 / 8', 6.5],
    ['2 - 1 - 1', 0],
    ['-2 * -3 % 4', 2],
    ['!candidate || inserted', true],
    ['index > 5 ? "late" : index > 2 ? "middle" : "early"', 'late'],
    ['weave.kind == "inference" && weave.norm == 4 && weave.maxNorm == 5 && weave.count == 2', true],
    ['ms == ms.decide + ms.weave + ms.decode', true],
    ['kl == twin.kl && twinToken == " the" && differs', true],
    ['rank(".\\n")', 2],
    ['rank(5)', 1],
    ['prob(" the")', 0.5],
    ['rank("absent")', null],
    ['tokenRank == 2 && margin > 0.6', true],
    ['endsWith("?", "3.\\n")', true],
    ['contains(token, ".") && length(token) == 2', true],
    ['max(1, min(5, 3), abs(-2)) + floor(2.9)', 5],
    ['abs(exp(logprob) - 0.25) < 1e-9', true],
  ])('%s is %j', (source, value) => {
    expect(valueOf(source)).toBe(value)
  })

  it('takes null for "not recorded here": comparisons are false, calculations null, conditions not met', () => {
    expect([plainValueOf('pInvoke > 0'), plainValueOf('pInvoke <= 0'), plainValueOf('pInvoke != 0.5'), plainValueOf('pInvoke == twin.kl')]).toEqual([false, false, false, false])
    expect([plainValueOf('pInvoke == null'), plainValueOf('pInvoke != null'), plainValueOf('null == null')]).toEqual([true, false, true])
    expect([plainValueOf('pInvoke + 1'), plainValueOf('-kl'), plainValueOf('abs(kl)'), plainValueOf('max(1, kl)')]).toEqual([null, null, null, null])
    expect([plainValueOf('!differs'), plainValueOf('differs || candidate'), plainValueOf('differs ? 1 : 2')]).toEqual([true, true, 2])
    expect([plainValueOf('0 / 0'), plainValueOf('log(-1)'), plainValueOf('weave.norm')]).toEqual([null, null, null])
  })

  it('knows the chosen token’s probability even where it is not among the recorded ones', () => {
    expect([plainValueOf('prob(".\\n")'), plainValueOf('prob(11)'), plainValueOf('rank(11)'), plainValueOf('prob(" the")')]).toEqual([0.25, 0.25, null, null])
  })

  it('of columns alone has null for what only details hold', () => {
    const { topK: _topK, triggerLogits: _triggerLogits, gateReason: _gateReason, ...columns } = step
    const compiled = compileExpression('rank(5) == null && logits.insert == null && gateReason == null && margin == null')
    expect(evaluate(compiled, { step: columns, weave, generatedText: '' })).toBe(true)
  })

  it('says what it needs', () => {
    expect([...compileExpression('kl > 1 && rank("x") == 1 || gateReason == ","').needs]).toEqual(['twin', 'topK', 'details'])
    expect([...compileExpression('pInvoke > 0.5').needs]).toEqual([])
  })

  it('may use every name that is offered, and each has a meaning', () => {
    for (const { kind, name, meaning } of expressionNames) {
      expect(meaning).not.toBe('')
      if (kind === 'variable') expect(valueOf(`${name} == null`)).toBeTypeOf('boolean')
    }
    expect(new Set(expressionNames.map(({ name }) => name)).size).toBe(expressionNames.length)
  })
})

describe('a wrong expression is refused before a run:', () => {
  it.each([
    ['pInvok > 0.7', 'There is no pInvok; did you mean pInvoke?', 'pInvok'],
    ['Entropy > 3', 'There is no Entropy; did you mean entropy?', 'Entropy'],
    ['weave.knd', 'There is no weave.knd; did you mean weave.kind?', 'weave.knd'],
    ['zzzzzz', 'There is no zzzzzz', 'zzzzzz'],
    ['constructor', 'There is no constructor', 'constructor'],
    ['__proto__.x', 'There is no __proto__.x', '__proto__.x'],
    ['rnk("x")', 'There is no rnk; did you mean rank?', 'rnk'],
    ['rank()', 'rank(token) takes 1 argument; here are 0', 'rank()'],
    ['min()', 'min(x, …) takes at least 1 argument; here are 0', 'min()'],
    ['1 + abs(1, 2)', 'abs(x) takes 1 argument; here are 2', 'abs(1, 2)'],
    ['rank', 'rank is a function: rank(token)', 'rank'],
    ['index(1)', 'index is a value and takes no arguments', 'index'],
    ['token > 3', '> takes a number; this is a text', 'token'],
    ['tokenId == "3"', '== compares values of one type; here are a number and a text', 'tokenId == "3"'],
    ['!index', '! takes true or false; this is a number', 'index'],
    ['rank(true)', 'rank(token) takes a text or a number; this is true or false', 'true'],
    ['candidate ? 1 : "x"', 'Both ends of a choice have one type; here are a number and a text', 'candidate ? 1 : "x"'],
    ['1 < index < 3', '< takes a number; this is true or false', '1 < index'],
    ['index = 3', 'Two values are compared with ==', '='],
    ['index 3', 'An operator or the end of the expression is expected here', '3'],
    ['3px', 'After a number an operator is expected', 'p'],
    ['1e999', '1e999 is too large for a number', '1e999'],
    ['token == "a', 'The text that begins here is not closed with "', '"'],
    ['"\\q"', 'After \\ one of n r t \\ " \' u is expected, as in "\\n" or "\\u{20ac}"', '\\q'],
    ['"\\u{110000}"', 'After \\ one of n r t \\ " \' u is expected, as in "\\n" or "\\u{20ac}"', '\\u'],
    ['index > 😀', 'Here 😀 means nothing; a text stands between quotes', '😀'],
    ['weave.', 'After weave. a name is expected', ''],
    ['(index', 'The open parenthesis needs a ) here', ''],
    ['candidate ? 1', 'A choice (condition ? this : that) needs a : here', ''],
    ['rank("a",)', 'A number, a text, a name or ( is expected here', ')'],
    ['', 'A number, a text, a name or ( is expected here', ''],
  ])('%s: %s', (source, message, place) => {
    const error = errorOf(source)
    expect([error.message, source.slice(error.range.start, error.range.end)]).toEqual([message, place])
  })

  it('a condition that is a number', () => {
    expect(errorOf('pInvoke', compileCondition).message).toBe('A condition is true or false; this is a number: compare it with something')
    expect(compileCondition('differs').type).toBe('boolean')
  })

  it('one that is too long or too deep', () => {
    expect(errorOf('1'.repeat(MAX_SOURCE_LENGTH + 1)).message).toMatch(/at most 1000 characters; this has 1001/)
    for (const opener of ['(', '!', '-', 'abs(', '1?1:']) expect(errorOf(opener.repeat(150)).message).toBe('More than 50 levels are nested here')
    expect(evaluate(compileExpression(Array.from({ length: 500 }, () => '1').join('+')), { step, weave, generatedText: '' })).toBe(500)
  })

  it('with carets under the place, in its own line', () => {
    expect(explainError(errorOf('candidate &&\n  pInvok > 0.7'))).toEqual({ message: 'There is no pInvok; did you mean pInvoke?', line: '  pInvok > 0.7', caret: '  ^^^^^^' })
    expect(explainError(errorOf('(index')).caret).toBe('      ^')
    expect(explainError(errorOf('')).caret).toBe('^')
  })
})

it('a text typed without quotes is read back from its escapes', () => {
  expect(unescapeText('a\\n\\u{20ac}"')).toBe('a\n€"')
  expect(errorOf('\\q', unescapeText).range).toEqual({ start: 0, end: 2 })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    expect(unescapeText(escapeText(text))).toBe(text)
    expect(escapeText(text)).not.toContain('\n')
  }))
})

describe('hostile source', () => {
  const words = [...expressionNames.map(({ name }) => name), 'true', 'null', '"a\\n"', "'", '"', '\\', '1.5e3', '.', '(', ')', ',', '?', ':', '!', '-', '+', '*', '/', '%', '&&', '||', '==', '!=', '<', '>=', ' ', '\n', '\u202e', '😀', '\ud800']
  const source = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.constantFrom(...words), { maxLength: 80 }).map((parts) => parts.join('')), fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(' ')))

  it('is an expression with a value or an ExpressionError with a place inside it, and never anything else', () => {
    fc.assert(
      fc.property(source, (text) => {
        try {
          const value = valueOf(text)
          expect(value === null || ['number', 'string', 'boolean'].includes(typeof value)).toBe(true)
        } catch (error) {
          if (!(error instanceof ExpressionError)) throw error
          expect(error.range.start).toBeGreaterThanOrEqual(0)
          expect(error.range.end).toBeGreaterThanOrEqual(error.range.start)
          expect(error.range.end).toBeLessThanOrEqual(text.length)
          const { line, caret } = explainError(error)
          expect(line).not.toContain('\n')
          expect(caret).toMatch(/^ *\^+$/)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

/** @file Reads an expression's source as a tree, by precedence (Pratt, "Top Down Operator Precedence", 1973). It knows no names. */
import { ExpressionError, type SourceRange } from './expression-error.ts'
import { readLexemes, type Lexeme, type OperatorSymbol } from './lexemes.ts'
import { binaryOperators, type BinaryOperator, type ExpressionValue, type SyntaxNode } from './syntax-tree.ts'

/** Parentheses, arguments, prefixes and choices inside each other: keeps recursion far from the stack's end. */
const MAX_NESTING = 50

/** How tightly an operator holds its operands; of equals the left one holds first. */
const bindingPowers = {
  '||': 2, '&&': 3,
  '==': 4, '!=': 4,
  '<': 5, '<=': 5, '>': 5, '>=': 5,
  '+': 6, '-': 6,
  '*': 7, '/': 7, '%': 7,
} as const satisfies Record<BinaryOperator, number>

const CHOICE_POWER = 1
const PREFIX_POWER = 8

const words: Readonly<Record<string, ExpressionValue>> = { true: true, false: false, null: null }

/** @throws ExpressionError where the source is no expression, or is too long or too deep */
export function parseExpression(source: string): SyntaxNode {
  const reader = createReader(source)
  const node = readOperand(reader, 0, 0)
  const rest = reader.peek()
  if (rest.kind !== 'end') throw new ExpressionError('An operator or the end of the expression is expected here', source, rest.range)
  return node
}

interface Reader {
  source: string
  peek: () => Lexeme
  take: () => Lexeme
  /** Takes the symbol if it comes next. */
  takeSymbol: (symbol: OperatorSymbol) => SourceRange | null
  expectSymbol: (symbol: OperatorSymbol, opener: string) => SourceRange
}

function createReader(source: string): Reader {
  const lexemes = readLexemes(source)
  let next = 0
  // The last lexeme is the end, and the end is never passed.
  const peek = (): Lexeme => lexemes[Math.min(next, lexemes.length - 1)]!
  const take = (): Lexeme => {
    const lexeme = peek()
    next++
    return lexeme
  }
  const takeSymbol = (symbol: OperatorSymbol): SourceRange | null => {
    const lexeme = peek()
    return lexeme.kind === 'symbol' && lexeme.symbol === symbol ? take().range : null
  }
  const expectSymbol = (symbol: OperatorSymbol, opener: string): SourceRange => {
    const range = takeSymbol(symbol)
    if (range === null) throw new ExpressionError(`${opener} needs a ${symbol} here`, source, peek().range)
    return range
  }
  return { source, peek, take, takeSymbol, expectSymbol }
}

/** An operand and every operator after it that binds more tightly than `power`. */
function readOperand(reader: Reader, power: number, depth: number): SyntaxNode {
  if (depth > MAX_NESTING) throw new ExpressionError(`More than ${MAX_NESTING} levels are nested here`, reader.source, reader.peek().range)
  let left = readPrefix(reader, depth)
  for (;;) {
    const operator = binaryOperatorOf(reader.peek())
    if (operator !== null && bindingPowers[operator] > power) {
      reader.take()
      const right = readOperand(reader, bindingPowers[operator], depth + 1)
      left = { kind: 'binary', operator, left, right, range: spanOf(left.range, right.range) }
    } else if (power < CHOICE_POWER && reader.takeSymbol('?') !== null) {
      const yes = readOperand(reader, 0, depth + 1)
      reader.expectSymbol(':', 'A choice (condition ? this : that)')
      const no = readOperand(reader, 0, depth + 1)
      left = { kind: 'choice', condition: left, yes, no, range: spanOf(left.range, no.range) }
    } else return left
  }
}

function binaryOperatorOf(lexeme: Lexeme): BinaryOperator | null {
  return lexeme.kind === 'symbol' ? (binaryOperators.find((operator) => operator === lexeme.symbol) ?? null) : null
}

function readPrefix(reader: Reader, depth: number): SyntaxNode {
  const lexeme = reader.take()
  const { range } = lexeme
  if (lexeme.kind === 'number' || lexeme.kind === 'text') return { kind: 'literal', value: lexeme.value, range }
  if (lexeme.kind === 'word') return readName(reader, lexeme.word, range, depth)
  if (lexeme.kind === 'symbol' && (lexeme.symbol === '!' || lexeme.symbol === '-')) {
    const operand = readOperand(reader, PREFIX_POWER, depth + 1)
    return { kind: 'unary', operator: lexeme.symbol, operand, range: spanOf(range, operand.range) }
  }
  if (lexeme.kind === 'symbol' && lexeme.symbol === '(') {
    const inner = readOperand(reader, 0, depth + 1)
    return { ...inner, range: spanOf(range, reader.expectSymbol(')', 'The open parenthesis')) }
  }
  throw new ExpressionError('A number, a text, a name or ( is expected here', reader.source, range)
}

function readName(reader: Reader, word: string, wordRange: SourceRange, depth: number): SyntaxNode {
  const value = words[word]
  if (Object.hasOwn(words, word) && value !== undefined) return { kind: 'literal', value, range: wordRange }
  let name = word
  let range = wordRange
  while (reader.takeSymbol('.') !== null) {
    const member = reader.take()
    if (member.kind !== 'word') throw new ExpressionError(`After ${name}. a name is expected`, reader.source, member.range)
    name = `${name}.${member.word}`
    range = spanOf(range, member.range)
  }
  if (reader.takeSymbol('(') === null) return { kind: 'name', name, range }
  const args: SyntaxNode[] = []
  let closing = reader.takeSymbol(')')
  while (closing === null) {
    args.push(readOperand(reader, 0, depth + 1))
    closing = reader.takeSymbol(',') === null ? reader.expectSymbol(')', `The call of ${name}`) : null
  }
  return { kind: 'call', name, nameRange: range, args, range: spanOf(range, closing) }
}

function spanOf(first: SourceRange, last: SourceRange): SourceRange {
  return { start: first.start, end: last.end }
}

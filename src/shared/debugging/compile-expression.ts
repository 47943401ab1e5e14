/**
 * @file From source to something that can be evaluated at every step, or over whatever else a vocabulary reads: names are found and
 * types are checked here, so that evaluating never fails. It does not know breakpoints.
 *
 * What expressions mean:
 * - Values are numbers, texts, true, false and null. Null is "not recorded here": no trigger was asked, nothing was inserted, no
 *   twin ran, the token is beyond the recorded top k.
 * - Nothing is converted: a text is never a number, a number never true or false. Each mistake of this kind is found before a run.
 * - A comparison with null on one side is false, != too. Only the word itself asks for it: `pInvoke == null`, `pInvoke != null`.
 * - Calculations and functions with null give null, and so does a calculation without an answer (0 / 0, log(-1)).
 * - Where true or false is expected (! && || ?:), null counts as false. && and || leave out their right side like everywhere.
 */
import { plural } from '../plural.ts'
import { ExpressionError, type SourceRange } from './expression-error.ts'
import { nearestName } from './nearest-name.ts'
import { operatorRules, type EagerOperator } from './operators.ts'
import { parseExpression } from './parse-expression.ts'
import type { ExpressionScope, Need } from './scope.ts'
import { stepVocabulary } from './step-vocabulary.ts'
import type { ExpressionValue, SyntaxNode } from './syntax-tree.ts'
import { commonType, fits, nameOfType, type ExpressionType } from './types.ts'
import type { ExpressionFunction, Vocabulary } from './vocabulary.ts'

export interface CompiledExpression<Scope = ExpressionScope> {
  source: string
  type: ExpressionType
  /** What must be at hand for its names to have values. */
  needs: ReadonlySet<Need>
  evaluate: (scope: Scope) => ExpressionValue
}

/**
 * @param vocabulary the names it may use. @default the debugger's
 * @throws ExpressionError with the place of what is wrong: grammar, an unknown name, a type, a number of arguments, a limit
 */
export function compileExpression(source: string): CompiledExpression
export function compileExpression<Scope>(source: string, vocabulary: Vocabulary<Scope>): CompiledExpression<Scope>
export function compileExpression(source: string, vocabulary: Vocabulary<ExpressionScope> = stepVocabulary): CompiledExpression {
  const needs = new Set<Need>()
  return { source, needs, ...compileNode(parseExpression(source), { source, vocabulary, needs }) }
}

/**
 * An expression that holds or does not.
 * @throws ExpressionError also where its value is a number or a text
 */
export function compileCondition(source: string): CompiledExpression
export function compileCondition<Scope>(source: string, vocabulary: Vocabulary<Scope>): CompiledExpression<Scope>
export function compileCondition(source: string, vocabulary: Vocabulary<ExpressionScope> = stepVocabulary): CompiledExpression {
  const compiled = compileExpression(source, vocabulary)
  if (fits(compiled.type, ['boolean'])) return compiled
  throw new ExpressionError(`A condition is true or false; this is ${nameOfType(compiled.type)}: compare it with something`, source, { start: 0, end: source.length })
}

/** The value where the scope is; never throws. */
export function evaluate<Scope>(compiled: CompiledExpression<Scope>, scope: Scope): ExpressionValue {
  return compiled.evaluate(scope)
}

type Typed<Scope> = Pick<CompiledExpression<Scope>, 'type' | 'evaluate'>

interface Compilation<Scope> {
  source: string
  vocabulary: Vocabulary<Scope>
  needs: Set<Need>
}

function compileNode<Scope>(node: SyntaxNode, compilation: Compilation<Scope>): Typed<Scope> {
  switch (node.kind) {
    case 'literal':
      return compileLiteral(node.value)
    case 'name':
      return compileName(node, compilation)
    case 'call':
      return compileCall(node, compilation)
    case 'unary':
      return compileUnary(node, compilation)
    case 'binary':
      return compileBinary(node, compilation)
    case 'choice':
      return compileChoice(node, compilation)
    default:
      node satisfies never
      throw new Error('internal: an expression of an unknown kind')
  }
}

function compileLiteral(value: ExpressionValue): Typed<unknown> {
  const type = value === null ? 'null' : typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean'
  return { type, evaluate: () => value }
}

function compileName<Scope>({ name, range }: SyntaxNode & { kind: 'name' }, { source, vocabulary, needs }: Compilation<Scope>): Typed<Scope> {
  const { variables, functions } = vocabulary
  const variable = variables.get(name)
  if (variable !== undefined) {
    if (variable.needs !== undefined) needs.add(variable.needs)
    return { type: variable.type, evaluate: variable.read }
  }
  const called = functions.get(name)
  if (called !== undefined) throw new ExpressionError(`${name} is a function: ${called.signature}`, source, range)
  throw unknownName(name, variables.keys(), source, range)
}

function compileCall<Scope>(node: SyntaxNode & { kind: 'call' }, compilation: Compilation<Scope>): Typed<Scope> {
  const { source, needs } = compilation
  const { variables, functions } = compilation.vocabulary
  const called = functions.get(node.name)
  if (called === undefined) {
    if (variables.has(node.name)) throw new ExpressionError(`${node.name} is a value and takes no arguments`, source, node.nameRange)
    throw unknownName(node.name, functions.keys(), source, node.nameRange)
  }
  if (called.needs !== undefined) needs.add(called.needs)
  const args = checkedArguments(called, node, compilation)
  const evaluateCall = (scope: Scope): ExpressionValue => {
    const values: Exclude<ExpressionValue, null>[] = []
    for (const arg of args) {
      const value = arg.evaluate(scope)
      if (value === null) return null
      values.push(value)
    }
    return called.answer(values, scope)
  }
  return { type: called.type, evaluate: evaluateCall }
}

function checkedArguments<Scope>({ signature, parameters, isVariadic = false }: ExpressionFunction<Scope>, node: SyntaxNode & { kind: 'call' }, compilation: Compilation<Scope>): Typed<Scope>[] {
  const { length } = node.args
  if (length < parameters.length || (length > parameters.length && !isVariadic)) {
    const count = `${isVariadic ? 'at least ' : ''}${plural(parameters.length, 'argument')}`
    throw new ExpressionError(`${signature} takes ${count}; here ${length === 1 ? 'is 1' : `are ${length}`}`, compilation.source, node.range)
  }
  return node.args.map((arg, index) => {
    const wanted = parameters[Math.min(index, parameters.length - 1)] ?? []
    return operandOf(arg, wanted, signature, compilation)
  })
}

function compileUnary<Scope>({ operator, operand }: SyntaxNode & { kind: 'unary' }, compilation: Compilation<Scope>): Typed<Scope> {
  if (operator === '!') {
    const condition = operandOf(operand, ['boolean'], '!', compilation)
    return { type: 'boolean', evaluate: (scope) => condition.evaluate(scope) !== true }
  }
  const number = operandOf(operand, ['number'], '-', compilation)
  return { type: 'number', evaluate: (scope) => negated(number.evaluate(scope)) }
}

function negated(value: ExpressionValue): number | null {
  return typeof value === 'number' ? -value : null
}

function compileBinary<Scope>({ operator, left, right, range }: SyntaxNode & { kind: 'binary' }, compilation: Compilation<Scope>): Typed<Scope> {
  if (operator === '==' || operator === '!=') return compileEquality(operator, left, right, range, compilation)
  if (operator === '&&' || operator === '||') {
    const first = operandOf(left, ['boolean'], operator, compilation)
    const second = operandOf(right, ['boolean'], operator, compilation)
    const both = (scope: Scope): boolean => first.evaluate(scope) === true && second.evaluate(scope) === true
    const either = (scope: Scope): boolean => first.evaluate(scope) === true || second.evaluate(scope) === true
    return { type: 'boolean', evaluate: operator === '&&' ? both : either }
  }
  return compileEager(operator, operandOf(left, ['number'], operator, compilation), operandOf(right, ['number'], operator, compilation))
}

function compileEager<Scope>(operator: EagerOperator, left: Typed<Scope>, right: Typed<Scope>): Typed<Scope> {
  const { type, withNull, apply } = operatorRules[operator]
  const evaluateOperator = (scope: Scope): ExpressionValue => {
    const first = left.evaluate(scope)
    const second = right.evaluate(scope)
    return typeof first === 'number' && typeof second === 'number' ? apply(first, second) : withNull
  }
  return { type, evaluate: evaluateOperator }
}

function compileEquality<Scope>(operator: '==' | '!=', leftNode: SyntaxNode, rightNode: SyntaxNode, range: SourceRange, compilation: Compilation<Scope>): Typed<Scope> {
  const left = compileNode(leftNode, compilation)
  const right = compileNode(rightNode, compilation)
  if (commonType(left.type, right.type) === null) {
    throw new ExpressionError(`${operator} compares values of one type; here are ${nameOfType(left.type)} and ${nameOfType(right.type)}`, compilation.source, range)
  }
  const isNegated = operator === '!='
  const asksForNull = left.type === 'null' || right.type === 'null'
  const evaluateEquality = (scope: Scope): boolean => {
    const first = left.evaluate(scope)
    const second = right.evaluate(scope)
    if (!asksForNull && (first === null || second === null)) return false
    return (first === second) !== isNegated
  }
  return { type: 'boolean', evaluate: evaluateEquality }
}

function compileChoice<Scope>({ condition, yes, no, range }: SyntaxNode & { kind: 'choice' }, compilation: Compilation<Scope>): Typed<Scope> {
  const asked = operandOf(condition, ['boolean'], '?', compilation)
  const [first, second] = [compileNode(yes, compilation), compileNode(no, compilation)]
  const type = commonType(first.type, second.type)
  if (type === null) {
    throw new ExpressionError(`Both ends of a choice have one type; here are ${nameOfType(first.type)} and ${nameOfType(second.type)}`, compilation.source, range)
  }
  return { type, evaluate: (scope) => (asked.evaluate(scope) === true ? first : second).evaluate(scope) }
}

/** The operand, which must have one of the types. */
function operandOf<Scope>(node: SyntaxNode, wanted: readonly ExpressionType[], taker: string, compilation: Compilation<Scope>): Typed<Scope> {
  const operand = compileNode(node, compilation)
  if (fits(operand.type, wanted)) return operand
  throw new ExpressionError(`${taker} takes ${wanted.map(nameOfType).join(' or ')}; this is ${nameOfType(operand.type)}`, compilation.source, node.range)
}

function unknownName(name: string, known: Iterable<string>, source: string, range: SourceRange): ExpressionError {
  const nearest = nearestName(name, known)
  return new ExpressionError(`There is no ${name}${nearest === null ? '' : `; did you mean ${nearest}?`}`, source, range)
}

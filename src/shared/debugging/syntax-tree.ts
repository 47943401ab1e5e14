/** @file What an expression's source says, as a tree. It does not know what the names mean. */
import type { SourceRange } from './expression-error.ts'

export type ExpressionValue = number | string | boolean | null

export const binaryOperators = ['||', '&&', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'] as const
export type BinaryOperator = (typeof binaryOperators)[number]

export type UnaryOperator = '!' | '-'

export type SyntaxNode =
  | { kind: 'literal'; value: ExpressionValue; range: SourceRange }
  /** A dotted name is one name: `weave.kind`. */
  | { kind: 'name'; name: string; range: SourceRange }
  | { kind: 'call'; name: string; nameRange: SourceRange; args: readonly SyntaxNode[]; range: SourceRange }
  | { kind: 'unary'; operator: UnaryOperator; operand: SyntaxNode; range: SourceRange }
  | { kind: 'binary'; operator: BinaryOperator; left: SyntaxNode; right: SyntaxNode; range: SourceRange }
  | { kind: 'choice'; condition: SyntaxNode; yes: SyntaxNode; no: SyntaxNode; range: SourceRange }

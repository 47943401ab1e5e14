/** @file A typed edge of a graph: name, element type and shape. It does not know which node made it. */

/** A length that is known, or the name of one that is fixed only when the graph runs. */
export type Dim = number | string
export type Shape = readonly Dim[]

export type ElementType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'uint8' | 'bool'

export interface Value {
  readonly name: string
  readonly elementType: ElementType
  readonly shape: Shape
}

/** Stands for an optional input that is left out before one that is given. */
export const omitted: Value = { name: '', elementType: 'float32', shape: [] }

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Throws unless the value has the given element type and rank; `where` names the op for the message. */
export function expectValue(value: Value, where: string, elementType: ElementType, rank?: number): void {
  if (value.elementType !== elementType) {
    throw new Error(`internal: ${where}: ${value.name} should be ${elementType}, is ${value.elementType}`)
  }
  if (rank !== undefined && value.shape.length !== rank) {
    throw new Error(`internal: ${where}: ${value.name} should have ${rank} dimensions, has ${formatShape(value.shape)}`)
  }
}

/** The dimension at `axis`, which may count from the end. */
export function dimAt(value: Value, axis: number): Dim {
  const dim = value.shape.at(axis)
  if (dim === undefined) throw new Error(`internal: ${value.name} ${formatShape(value.shape)} has no axis ${axis}`)
  return dim
}

/** Throws unless two lengths that must agree do; differently named dynamic lengths do not. */
export function expectSameDim(left: Dim, right: Dim, where: string): void {
  if (left !== right) throw new Error(`internal: ${where}: lengths ${left} and ${right} differ`)
}

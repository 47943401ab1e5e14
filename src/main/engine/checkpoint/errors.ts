/** @file The one error that readers of model files throw. Knows no format. */

/** Where in a checkpoint the problem lies. */
export interface CheckpointPlace {
  readonly path: string
  readonly tensorName?: string
  readonly field?: string
}

/** A file is missing, damaged, hostile or not what its neighbours say. The message names the place, what was expected and what was found. */
export class CheckpointFormatError extends Error {
  override readonly name = 'CheckpointFormatError'
  readonly path: string
  readonly tensorName: string | undefined
  readonly field: string | undefined

  constructor(place: CheckpointPlace, problem: string, options?: ErrorOptions) {
    const tensor = place.tensorName === undefined ? '' : `, tensor ${quote(place.tensorName)}`
    const field = place.field === undefined ? '' : `, field ${quote(place.field)}`
    super(`${place.path}${tensor}${field}: ${problem}`, options)
    this.path = place.path
    this.tensorName = place.tensorName
    this.field = place.field
  }
}

/** Names come from hostile files: shortened, and control characters escaped, so that a message stays one readable line. */
export function quote(name: string): string {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name
  return JSON.stringify(shown)
}

/** A shape as messages show it. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}

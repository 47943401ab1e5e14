/** @file What can be wrong with a file that leaves or enters the workbench. It does not know RPC codes. */

/** `place` is a line, an entry or a field within the file; null where it is about the file as a whole. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
  readonly path: string
  readonly place: string | null

  constructor(path: string, place: string | null, problem: string, options?: ErrorOptions) {
    super(place === null ? `${path}: ${problem}` : `${path}, ${place}: ${problem}`, options)
    this.path = path
    this.place = place
  }
}

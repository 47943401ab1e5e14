/** @file What was measured of this machine's devices, kept in one file of the data folder. It does not know how anything is measured. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { calibrationSchema, type Calibration } from '../../shared/domain/calibration.ts'
import { precisionSchema, type Precision } from '../../shared/domain/model.ts'

const bookSchema = z.object({
  /** What the speeds belong to: another processor or another ONNX Runtime computes at others. */
  machine: z.string(),
  calibrations: z.array(calibrationSchema.extend({ precision: precisionSchema })),
})
type Book = z.infer<typeof bookSchema>

export interface SpeedBookOptions {
  /** A file that may be lost at any time: it is measured anew. null keeps nothing. */
  readonly path: string | null
  /** Names the processor and the ONNX Runtime; what was measured under another name is forgotten. */
  readonly machine: string
}

export class SpeedBook {
  readonly #path: string | null
  readonly #machine: string

  constructor({ path, machine }: SpeedBookOptions) {
    this.#path = path
    this.#machine = machine
  }

  /** Whether a measurement is there the next time; one that is not is not worth its time. */
  get isKept(): boolean {
    return this.#path !== null
  }

  find(shape: string, precision: Precision): Calibration | null {
    const found = this.#read().calibrations.find((known) => known.shape === shape && known.precision === precision)
    return found === undefined ? null : { shape, speeds: found.speeds, unavailable: found.unavailable }
  }

  /** Replaces what is known of that shape and precision. */
  keep(calibration: Calibration, precision: Precision): void {
    if (this.#path === null) return
    const others = this.#read().calibrations.filter((known) => known.shape !== calibration.shape || known.precision !== precision)
    const book: Book = { machine: this.#machine, calibrations: [...others, { ...calibration, precision }] }
    mkdirSync(dirname(this.#path), { recursive: true })
    const draft = `${this.#path}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify(book, null, 2)}\n`)
    renameSync(draft, this.#path)
  }

  /** Read each time: several apps may share the file. */
  #read(): Book {
    const empty: Book = { machine: this.#machine, calibrations: [] }
    if (this.#path === null || !existsSync(this.#path)) return empty
    try {
      const book = bookSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
      return book.machine === this.#machine ? book : empty
    } catch {
      return empty // whatever is wrong with it, it can be measured again
    }
  }
}

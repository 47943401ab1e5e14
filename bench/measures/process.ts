/**
 * @file One measure in a process of its own: a model's memory is gone with it, and so is whatever a failing engine leaves. Started by table.ts
 * with the measure's name and options; answers with the measurement as a message.
 */
import type { MeasureOptions } from './measure.ts'
import { measures } from './registry.ts'

const [name = '', options = ''] = process.argv.slice(2)
const entry = measures[name]
if (entry === undefined) throw new Error(`internal: no measure ${name}`)
const say = (text: string): void => {
  process.stderr.write(`${name}: ${text}\n`)
}
// Where the table is ended, so is what it started; and nothing that a measure left open keeps this process.
process.on('disconnect', () => process.exit())
const measurement = await entry.measure({ ...(JSON.parse(options) as Omit<MeasureOptions, 'say'>), say })
process.send?.(measurement, () => process.disconnect())

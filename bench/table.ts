/**
 * @file `npm run bench`: the numbers of Qwen2.5-0.5B's shape with random weights, each with what bounds it or does the same, as one table.
 * bench/README.md says how each is taken; this file only starts the measures, one after the other, and prints what they answer.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FULL_LAYERS } from './bench-model.ts'
import { describeMachine } from './machine.ts'
import { isReached, type Measurement, type MeasureOptions, type Row } from './measures/measure.ts'
import { measures } from './measures/registry.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Names of measures with commas between them. */
    only: { type: 'string', default: Object.keys(measures).join(',') },
    threads: { type: 'string', default: `${Math.min(cpus().length, 8)}` },
    repeats: { type: 'string', default: '5' },
    /** Tries the benchmark out on so many layers; nothing is then judged. */
    layers: { type: 'string', default: `${FULL_LAYERS}` },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const options: Omit<MeasureOptions, 'say'> = { threads: Number(values.threads), repeats: Number(values.repeats), layers: Number(values.layers), cacheDir: values['cache-dir'] }
const isFullShape = options.layers === FULL_LAYERS
const names = values.only.split(',')
const unknown = names.filter((name) => !(name in measures))
if (unknown.length > 0) throw new Error(`there is no measure ${unknown.join(', ')}; there are ${Object.keys(measures).join(', ')}`)

const machine = describeMachine(options.threads)
// What is measured is seen at once, also where the answer is one line of JSON at the end.
const table = values.json ? process.stderr : process.stdout
printHead()
const measurements = new Map<string, Measurement>()
for (const name of names) {
  const measurement = await measureApart(name)
  measurements.set(name, measurement)
  for (const row of measurement.rows) printRow(row)
}
if (values.json) process.stdout.write(`${JSON.stringify(report())}\n`)

/** A measure whose process ends without an answer has rows without numbers. */
async function measureApart(name: string): Promise<Measurement> {
  const child = fork(join(import.meta.dirname, 'measures/process.ts'), [name, JSON.stringify(options)])
  const answers: Measurement[] = []
  child.on('message', (message) => answers.push(message as Measurement))
  const [code] = (await once(child, 'exit')) as [number | null]
  const note = `its process ended with ${code}; what it said is above`
  const rows = (measures[name]?.keys ?? []).map((key): Row => ({ key, title: key, measured: '', against: '', ratio: null, aim: null, note }))
  return answers[0] ?? { rows, raw: { reason: note } }
}

function report() {
  const rows = [...measurements.values()].flatMap((measurement) => measurement.rows)
  return {
    model: isFullShape ? 'Qwen2.5-0.5B shape, random weights' : `${options.layers} layers of Qwen2.5-0.5B's shape, random weights`,
    machine,
    repeats: options.repeats,
    rows: rows.map((row) => ({ ...row, verdict: verdictOf(row) })),
    raw: Object.fromEntries([...measurements].map(([name, { raw }]) => [name, raw])),
    ratios: Object.fromEntries(rows.map(({ key, ratio }) => [key, ratio])),
  }
}

function verdictOf(row: Row): string {
  const reached = isReached(row)
  if (row.ratio === null) return 'not measured'
  if (!isFullShape) return 'not judged'
  return reached === null ? '' : reached ? 'reached' : 'not reached'
}

function printHead(): void {
  for (const [name, value] of Object.entries(machine)) table.write(`${name.padEnd(10)}${value}\n`)
  printCells('', 'measured', 'against', 'ratio', 'aim', 'verdict')
}

function printRow(row: Row): void {
  const { title, measured, against, ratio, aim, note } = row
  const aimed = aim === null ? '' : 'atLeast' in aim ? `>= ${aim.atLeast}` : `<= ${aim.atMost}`
  printCells(title, measured, against, ratio?.toFixed(3) ?? '', aimed, [verdictOf(row), note].filter(Boolean).join('; '))
}

function printCells(title: string, measured: string, against: string, ratio: string, aim: string, verdict: string): void {
  table.write(`${title.padEnd(36)}${measured.padEnd(36)}${against.padEnd(34)}${ratio.padStart(7)}  ${aim.padEnd(8)}${verdict}\n`)
}

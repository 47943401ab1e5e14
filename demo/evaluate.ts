/**
 * @file Evaluates the trained demo model on both domains under every policy and control, and writes docs/demo-model.md:
 * `npm run demo:evaluate`. Completions are kept, so an evaluation that was ended goes on.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { evaluationRowSchema, type EvaluationRow } from '../src/main/jobs/evaluation/evaluation-record.ts'
import { HELD_OUT_COUNT } from './domains/splits.ts'
import { exportData } from './export-data.ts'
import { solveWithNotes } from './note-ceiling.ts'
import { formatReport, type DomainResults } from './report.ts'
import { resultOf } from './train.ts'

const root = join(import.meta.dirname, '..')
const directory = join(root, '.cache/demo/evaluation', basename(resultOf('trigger')))
const BATCH = 32
/** Longest answer: five lines of twelve tokens. */
const MAX_NEW_TOKENS = 96

const { values: options } = parseArgs({ options: { limit: { type: 'string', default: `${HELD_OUT_COUNT}` }, out: { type: 'string', default: join(root, 'docs/demo-model.md') } } })
const limit = Number(options.limit)
const model = ['--base', resultOf('base'), '--checkpoint', resultOf('trigger')]

mkdirSync(directory, { recursive: true })
exportData(directory)
const startedAt = Date.now()
const names = ['base', 'new'] as const
const dataOf = (domain: string): string => join(directory, `${domain}-held-out.jsonl`)
const own = new Map(names.map((domain) => [domain, complete(domain, model, dataOf(domain), ['vanilla', 'always', 'prompt-only', 'trigger'])]))
// As often as the trigger over both domains: a rival that does not know which one it is in.
const random = randomPolicy([...own.values()].flat().filter(({ policy }) => policy === 'trigger'))
const domains = names.map((domain): DomainResults => {
  const controls = complete(domain, model, dataOf(domain), [random, 'always+zero', 'always+random-norm', 'always+other', 'always+pause'])
  const baseline = complete(`${domain}-sft`, ['--base', resultOf('baseline')], dataOf(domain), ['vanilla'])
  return { domain, rows: [...(own.get(domain) ?? []), ...controls, ...baseline.map((row) => ({ ...row, policy: 'sft' }))] }
})
const ceiling = { prompt: complete('new-with-facts', model, dataOf('new-with-facts'), ['vanilla']), notes: await solveWithNotes(resultOf('base'), limit) }
writeFileSync(options.out, formatReport({ domains, random, ceiling, seconds: (Date.now() - startedAt) / 1000 }))
console.log(`written: ${options.out}`)

/** Runs `memgen eval` and returns the rows of these policies. */
function complete(name: string, modelArguments: readonly string[], data: string, policies: readonly string[]): EvaluationRow[] {
  const out = join(directory, `${name}-rows.jsonl`)
  const chosen = ['--data', data, '--out', out, ...policies.flatMap((policy) => ['--policy', policy])]
  const settings = ['--reward', 'exact', '--limit', `${limit}`, '--batch', `${BATCH}`, '--max-new-tokens', `${MAX_NEW_TOKENS}`]
  const { status } = spawnSync(process.execPath, [join(root, 'bin/memgen.js'), 'eval', ...modelArguments, ...chosen, ...settings], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`memgen eval of ${name} ended with ${status}`)
  const lines = readFileSync(out, 'utf8').split('\n').slice(1).filter((line) => line !== '')
  return lines.map((line) => evaluationRowSchema.parse(JSON.parse(line))).filter(({ policy }) => policies.includes(policy))
}

/** Inserts as often as the trigger did where it was asked: `random:LATER/PROMPT`. */
function randomPolicy(rows: readonly EvaluationRow[]): string {
  const decisions = rows.flatMap((row) => row.decisions)
  const rate = (chosen: readonly { readonly decision: number }[]): string =>
    (chosen.length === 0 ? 0 : chosen.filter(({ decision }) => decision === 1).length / chosen.length).toFixed(4)
  return `random:${rate(decisions.filter(({ step }) => step > 0))}/${rate(decisions.filter(({ step }) => step === 0))}`
}

/**
 * @file Evaluates the trained demo model on both domains under every policy and control, and writes docs/demo-model.md:
 * `npm run demo:evaluate`. Completions are kept, so an evaluation that was ended goes on.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { evaluationRowSchema, type EvaluationRow } from '../src/main/jobs/evaluation/evaluation-record.ts'
import { HELD_OUT_COUNT } from './domains/splits.ts'
import { exportData } from './export-data.ts'
import { formatReport, type DomainResults } from './report.ts'
import { resultOf } from './train.ts'

const root = join(import.meta.dirname, '..')
const directory = join(root, '.cache/demo/evaluation')
const BATCH = 32
/** Longest answer: five lines of twelve tokens. */
const MAX_NEW_TOKENS = 96

const { values: options } = parseArgs({ options: { limit: { type: 'string', default: `${HELD_OUT_COUNT}` }, out: { type: 'string', default: join(root, 'docs/demo-model.md') } } })
const limit = Number(options.limit)
const model = ['--base', resultOf('base'), '--checkpoint', resultOf('trigger')]

mkdirSync(directory, { recursive: true })
exportData(directory)
const startedAt = Date.now()
const domains: DomainResults[] = []
for (const domain of ['base', 'new'] as const) {
  const data = join(directory, `${domain}-held-out.jsonl`)
  const baseline = complete(`${domain}-sft`, ['--base', resultOf('baseline')], data, ['vanilla'])
  const policies = complete(domain, model, data, ['vanilla', 'always', 'prompt-only', 'trigger'])
  // The same rates as the trigger's own, which are known only now; prompt and later insertions apart.
  const random = randomPolicy(policies.filter(({ policy }) => policy === 'trigger'))
  const compared = complete(domain, model, data, [random, 'always+zero', 'always+random-norm', 'always+other', 'always+pause'])
  domains.push({ domain, random, rows: [...policies, ...compared, ...baseline.map((row) => ({ ...row, policy: 'sft' }))] })
}
const ceiling = complete('new-with-facts', model, join(directory, 'new-with-facts-held-out.jsonl'), ['vanilla'])
writeFileSync(options.out, formatReport({ domains, ceiling, seconds: (Date.now() - startedAt) / 1000 }))
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

/**
 * @file Evaluates the trained demo model on both domains under every policy and control, and writes docs/demo-model.md:
 * `npm run demo:evaluate`. Results are kept in a log of their own, so an evaluation that was ended goes on.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { evaluationRunIdSchema } from '../src/shared/domain/experiment-ids.ts'
import { openLog } from '../src/main/log/index.ts'
import { LOG_FILE_NAME } from '../src/main/server/index.ts'
import { HELD_OUT_COUNT } from './domains/splits.ts'
import { readEvaluatedRows, type EvaluatedRow } from './evaluated-rows.ts'
import { exportData } from './export-data.ts'
import { solveWithNotes } from './note-ceiling.ts'
import { formatReport, type DomainResults } from './report.ts'
import { resultOf } from './train.ts'

const root = join(import.meta.dirname, '..')
const directory = join(root, '.cache/demo/evaluation', basename(resultOf('trigger')))
const BATCH = 32
/** Longest answer: five lines of twelve tokens. */
const MAX_NEW_TOKENS = 96

/** What `memgen eval --json` prints, as far as it is read here: runs in the order of the policies. */
const printedSchema = z.object({ groups: z.tuple([z.object({ runs: z.array(z.object({ id: evaluationRunIdSchema })) })]) })

const { values: options } = parseArgs({ options: { limit: { type: 'string', default: `${HELD_OUT_COUNT}` }, out: { type: 'string', default: join(root, 'docs/demo-model.md') } } })
const limit = Number(options.limit)
const model = ['--model', resultOf('base'), '--checkpoint', resultOf('trigger')]

mkdirSync(directory, { recursive: true })
exportData(directory)
const startedAt = Date.now()
const names = ['base', 'new'] as const
const dataOf = (domain: string): string => join(directory, `${domain}-held-out.jsonl`)
const own = new Map<string, EvaluatedRow[]>()
for (const domain of names) own.set(domain, await complete(domain, model, dataOf(domain), ['vanilla', 'always', 'prompt-only', 'trigger']))
// As often as the trigger over both domains: a rival that does not know which one it is in.
const random = randomPolicy([...own.values()].flat().filter(({ policy }) => policy === 'trigger'))
const domains: DomainResults[] = []
for (const domain of names) {
  const controls = await complete(domain, model, dataOf(domain), [random, 'always+zero', 'always+random-norm', 'always+other', 'always+pause'])
  const baseline = await complete(`${domain}-sft`, ['--model', resultOf('baseline')], dataOf(domain), ['vanilla'])
  domains.push({ domain, rows: [...(own.get(domain) ?? []), ...controls, ...baseline.map((row) => ({ ...row, policy: 'sft' }))] })
}
const ceiling = { prompt: await complete('new-with-facts', model, dataOf('new-with-facts'), ['vanilla']), notes: await solveWithNotes(resultOf('base'), limit) }
writeFileSync(options.out, formatReport({ domains, random, ceiling, seconds: (Date.now() - startedAt) / 1000 }))
console.log(`written: ${options.out}`)

/** Runs `memgen eval`, which goes on where it was ended, and returns what the policies gave. */
async function complete(name: string, modelArguments: readonly string[], data: string, policies: readonly string[]): Promise<EvaluatedRow[]> {
  const chosen = ['--task', name.startsWith('base') ? 'demo-base' : 'demo-new', '--data', data, ...policies.flatMap((policy) => ['--policy', policy])]
  const settings = ['--limit', `${limit}`, '--batch', `${BATCH}`, '--max-new-tokens', `${MAX_NEW_TOKENS}`, '--latents', 'none', '--name', name, '--data-dir', directory, '--json']
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin/memgen.js'), 'eval', ...modelArguments, ...chosen, ...settings], { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`memgen eval of ${name} ended with ${status}`)
  const [{ runs }] = printedSchema.parse(JSON.parse(stdout)).groups
  const log = await openLog(join(directory, LOG_FILE_NAME))
  try {
    const rows: EvaluatedRow[] = []
    for (const [index, { id }] of runs.entries()) rows.push(...(await readEvaluatedRows(log.evaluations, id, policies[index] ?? '')))
    return rows
  } finally {
    await log.close()
  }
}

/** Inserts as often as the trigger did where it was asked: `random:LATER/PROMPT`. */
function randomPolicy(rows: readonly EvaluatedRow[]): string {
  const decisions = rows.flatMap((row) => row.decisions)
  const rate = (chosen: readonly { readonly decision: number }[]): string =>
    (chosen.length === 0 ? 0 : chosen.filter(({ decision }) => decision === 1).length / chosen.length).toFixed(4)
  return `random:${rate(decisions.filter(({ step }) => step > 0))}/${rate(decisions.filter(({ step }) => step === 0))}`
}

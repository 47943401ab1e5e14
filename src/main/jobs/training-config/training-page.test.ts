/** @file docs/training.md names every key there is, and no other. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { referenceKeys } from './reference-keys.ts'

const page = readFileSync(new URL('../../../../docs/training.md', import.meta.url), 'utf8')
/** Said of them together, without their names. */
const namedInProse = /^run\.interaction\.|\.(logging_|report_to|run_name|disable_tqdm|log_completions|output_dir|save_total_limit|remove_unused|bf16|fp16|tf32|gradient_checkpointing|deepspeed|dataloader_|dataset_num|ddp_)/
const refusedUnlessOff = Object.keys(referenceKeys).filter((key) => referenceKeys[key]?.type.expected.includes('nothing else is supported') === true)
const described = Object.keys(referenceKeys).filter((key) => key.startsWith('run.output_dir') || (!namedInProse.test(key) && !refusedUnlessOff.includes(key)))

const rows = [...page.matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
const nameOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1)

test.each(described)('%s is described', (key) => {
  const section = key.slice(0, key.lastIndexOf('.'))
  const isNamed = rows.includes(key) || (rows.includes(`${section}.*`) && page.includes(`\`${nameOf(key)}\``))
  expect(isNamed).toBe(true)
})

test('no key is described that does not exist', () => {
  const names = new Set(Object.keys(referenceKeys).map(nameOf))
  const sections = rows.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1))
  for (const section of sections) expect(Object.keys(referenceKeys).some((key) => key.startsWith(section))).toBe(true)
  for (const name of rows.filter((one) => !one.endsWith('.*'))) expect(name.includes('.') ? name in referenceKeys : names.has(name), name).toBe(true)
})

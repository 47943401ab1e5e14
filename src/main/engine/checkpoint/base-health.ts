/** @file Checks of one base model folder. Knows no MemGen checkpoint. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HealthCheck } from '../../../shared/domain/health.ts'
import { openTokenizer } from '../tokenization/tokenizer.ts'
import { TokenizerError } from '../tokenization/tokenizer-error.ts'
import { compareWeights, type BaseModel } from './base-model.ts'
import { expectedTensors } from './decoder-config.ts'
import { samplesTheTail } from './generation-config.ts'
import { findNonFinite, type NonFiniteTensor, type ScanOptions } from './weight-scan.ts'

export type Role = 'reasoner' | 'weaver' | 'trigger'

/** How many names a detail lists before it only counts. */
const namesShown = 5

/** All checks of a readable base model; reads every weight once. */
export async function checkBaseModel(role: Role, model: BaseModel, options: ScanOptions): Promise<HealthCheck[]> {
  return [
    checkTokenizer(role, model),
    checkTensors(role, model),
    checkDtypes(role, model),
    await checkFinite(role, model, options),
    ...(role === 'reasoner' ? [checkSamplingDefaults(model)] : []),
  ]
}

/** A list of names as a sentence part: the first few, then how many more. */
export function listNames(names: readonly string[]): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ''
  return `${names.slice(0, namesShown).join(', ')}${more}`
}

function checkTokenizer(role: Role, { directory }: BaseModel): HealthCheck {
  const isThere = existsSync(join(directory, 'tokenizer.json'))
  // Only the reasoner's tokenizer is used: the others get its token ids or embeddings.
  const verdict = isThere || role !== 'reasoner' ? 'ok' : 'error'
  const absent = role === 'reasoner' ? 'tokenizer.json is missing: no text can be encoded.' : 'There is none, and none is needed for this part.'
  const check = { id: `${role}.tokenizer`, title: `The ${role} has a tokenizer`, verdict, detail: isThere ? 'tokenizer.json is there.' : absent } as const
  if (!isThere || role !== 'reasoner') return check
  try {
    const { tokenCount } = openTokenizer(directory)
    return { ...check, detail: `tokenizer.json can be read: ${tokenCount} tokens.` }
  } catch (error) {
    if (!(error instanceof TokenizerError)) throw error
    return { ...check, verdict: 'error', detail: error.message }
  }
}

function checkTensors(role: Role, { weights, config }: BaseModel): HealthCheck {
  const { expectedCount, foundCount, missing, unused, mismatched } = compareWeights(weights, config, { lmHead: role === 'reasoner' })
  const problems = [
    missing.length > 0 ? `Missing: ${listNames(missing)}.` : '',
    mismatched[0] ? `${mismatched.length} with another shape or dtype, first: ${mismatched[0].message}.` : '',
    unused.length > 0 ? `Not used: ${listNames(unused)}.` : '',
  ]
  return {
    id: `${role}.tensors`,
    title: `Every weight the ${role} needs is in its files`,
    verdict: missing.length + mismatched.length > 0 ? 'error' : unused.length > 0 ? 'warning' : 'ok',
    detail: [`${foundCount} of ${expectedCount} tensors found.`, ...problems].filter(Boolean).join(' '),
    values: {
      expected: expectedCount,
      found: foundCount,
      missing: [...missing],
      unused: [...unused],
      mismatched: mismatched.map(({ message }) => message),
    },
  }
}

function checkDtypes(role: Role, { weights, config }: BaseModel): HealthCheck {
  const dtypes = new Set([...expectedTensors(config).keys()].map((name) => weights.tensors.get(name)?.dtype).filter((dtype) => dtype !== undefined))
  const stored = [...dtypes].join(' and ')
  const isMixed = dtypes.size > 1
  const isWidened = dtypes.has('BF16') || dtypes.has('F16')
  return {
    id: `${role}.dtype`,
    title: `The ${role}'s weights are stored in one float format`,
    verdict: isMixed ? 'warning' : 'ok',
    detail: `Stored as ${stored}.${isWidened ? ' On the CPU they are widened to float32, which is exact and takes twice the file size.' : ''}`,
    values: { dtypes: [...dtypes], configured: config.torchDtype ?? 'not given' },
  }
}

async function checkFinite(role: Role, { weights, config }: BaseModel, options: ScanOptions): Promise<HealthCheck> {
  const found = await findNonFinite(weights, expectedTensors(config).keys(), options)
  return finiteCheck(role, `The ${role}'s weights are all finite numbers`, found)
}

/** The verdict on NaN and infinite values, with each tensor's file. */
export function finiteCheck(part: string, title: string, found: readonly NonFiniteTensor[]): HealthCheck {
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const places = Map.groupBy(found, ({ file }) => file)
  const shown = [...places].map(([file, tensors]) => `${listNames(tensors.map(({ name }) => name))} of ${file}`)
  const detail = total === 0 ? 'No NaN and no infinite value.' : `${total} NaN or infinite values in ${listNames(shown)}.`
  const values = { nonFinite: total, tensors: found.map(({ name }) => name), files: found.map(({ file }) => file) }
  return { id: `${part}.finite`, title, verdict: total === 0 ? 'ok' : 'error', detail, values }
}

function checkSamplingDefaults({ generationConfig }: BaseModel): HealthCheck {
  const id = 'reasoner.sampling-defaults'
  const title = 'A greedy request stays greedy in the reference'
  if (generationConfig && samplesTheTail(generationConfig)) {
    return {
      id,
      title,
      verdict: 'warning',
      detail:
        `generation_config.json says do_sample with transformers_version ${generationConfig.transformersVersion}: the reference samples the ` +
        'tail (after the last insertion) even when greedy decoding is asked for. The workbench stays greedy, so its text may differ ' +
        'from the reference’s.',
      values: { transformersVersion: generationConfig.transformersVersion ?? '' },
    }
  }
  return { id, title, verdict: 'ok', detail: 'generation_config.json does not change what the reference’s tail does.' }
}

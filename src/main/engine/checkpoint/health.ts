/** @file Inspects a model before it is loaded: opens its parts, runs every check, adds files and memory. Judges nothing itself. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointHealth, HealthCheck, HealthFile, HealthVerdict, MemoryEstimate } from '../../../shared/domain/health.ts'
import type { ModelLocation } from '../../../shared/domain/model.ts'
import { plural } from '../../../shared/plural.ts'
import { checkBaseModel, finiteCheck, listNames, type Role } from './base-health.ts'
import { compareWeights, openBaseModel, type BaseModel } from './base-model.ts'
import { expectedTensors } from './decoder-config.ts'
import { CheckpointFormatError } from './errors.ts'
import type { MemGenCheckpoint } from './memgen-checkpoint.ts'
import { isMemGenCheckpoint, readMemGenCheckpoint } from './memgen-checkpoint-reader.ts'
import { checkMemGen, ownTensors } from './memgen-health.ts'
import { estimateMemory, tokenizerFileBytes, type MeasuredBase } from './memory-estimate.ts'
import { isSameBase } from './same-base.ts'
import type { WeightFile, WeightIndex } from './weight-index.ts'
import { findDifference, findNonFinite, hashFile, readRowNorms, type ScanOptions, type ScanProgress } from './weight-scan.ts'

export interface InspectOptions {
  /** Also hash every file. @default false */
  readonly sha256?: boolean
  readonly signal?: AbortSignal
  /** `totalBytes` is an estimate of the bytes to be read; `doneBytes` never exceeds it. */
  readonly onProgress?: (progress: ScanProgress) => void
}

/** Where every model can stand; other placements are estimated where they are chosen. */
const usual = { device: 'cpu', precision: 'f32' } as const

/** Inspects base models and, if given, the checkpoint. Bad files become checks, never exceptions; only an abort rejects. */
export async function inspectCheckpoint(location: ModelLocation, options: InspectOptions = {}): Promise<CheckpointHealth> {
  const checks: HealthCheck[] = []
  const bases = openBases(location, checks)
  const checkpoint = openCheckpoint(location, checks)
  const files = listFiles(bases, checkpoint)
  const scan = progressOptions(files, options)
  for (const { role, model } of bases) checks.push(...(await checkBaseModel(role, model, scan)))
  const complete = completeBases(bases)
  let memory: MemoryEstimate | null = null
  const sizes = { tokenizerBytes: complete ? tokenizerFileBytes(complete.reasoner.directory) : 0 }
  if (complete && checkpoint) {
    const configs = { reasoner: complete.reasoner.config, weaver: complete.weaver.config, trigger: complete.trigger.config }
    const embeddings = complete.weaver.weights.tensors.get('model.embed_tokens.weight')
    checks.push(...checkMemGen(checkpoint, configs, embeddings ? await readRowNorms(embeddings, scan) : []))
    if (checkpoint.embeddedBases) checks.push(...(await checkEmbeddedBases(checkpoint, complete, scan)))
    memory = estimateMemory(await findCopies(checkpoint, complete, scan), sizeOfOwnTensors(checkpoint), usual, sizes)
  } else if (complete && !location.checkpointDir) {
    memory = estimateMemory([{ roles: ['reasoner'], config: complete.reasoner.config, locations: complete.reasoner.weights.tensors }], 0, usual, sizes)
  }
  return {
    path: location.checkpointDir ?? location.reasonerDir,
    kind: checkpoint?.variant ?? (location.checkpointDir || bases.length === 0 ? 'unreadable' : 'base-model'),
    verdict: worst(checks),
    checks,
    files: options.sha256 ? await hashFiles(files, scan) : files,
    memory,
  }
}

interface RoleModel {
  readonly role: Role
  readonly model: BaseModel
}

/** Weaver and trigger are checked apart only where they have a folder of their own. */
function openBases(location: ModelLocation, checks: HealthCheck[]): RoleModel[] {
  const directories = { reasoner: location.reasonerDir, weaver: location.weaverDir, trigger: location.triggerDir }
  const opened: RoleModel[] = []
  for (const role of ['reasoner', 'weaver', 'trigger'] as const) {
    const directory = directories[role]
    if (directory === undefined || (role !== 'reasoner' && isSamePath(directory, location.reasonerDir))) continue
    if (isCheckpointAlone(role, location)) {
      checks.push(checkpointAsBase(directory))
      continue
    }
    const model = attempt(`${role}.readable`, `The ${role}’s folder can be read`, checks, () => openBaseModel(directory), describeBase)
    if (model) opened.push({ role, model })
  }
  return opened
}

/** Whether a checkpoint’s folder was given where its base model belongs: neither layout has a base’s config.json. */
function isCheckpointAlone(role: Role, { reasonerDir, checkpointDir }: ModelLocation): boolean {
  return role === 'reasoner' && checkpointDir === undefined && isMemGenCheckpoint(reasonerDir)
}

function checkpointAsBase(path: string): HealthCheck {
  const detail = 'It holds a MemGen checkpoint, not a base model: give the folder of the base model it was trained on, and this one as its checkpoint.'
  return { id: 'reasoner.is-base', title: 'The reasoner’s folder holds a base model', verdict: 'error', detail, values: { path } }
}

function openCheckpoint({ checkpointDir }: ModelLocation, checks: HealthCheck[]): MemGenCheckpoint | undefined {
  if (checkpointDir === undefined) return undefined
  const describe = ({ files }: MemGenCheckpoint) => `Read from ${plural(files.length, 'file')}.`
  return attempt('checkpoint.readable', 'The MemGen checkpoint can be read', checks, () => readMemGenCheckpoint(checkpointDir), describe)
}

/** Runs a reader and records how it went. */
function attempt<T>(id: string, title: string, checks: HealthCheck[], read: () => T, describe: (value: T) => string): T | undefined {
  try {
    const value = read()
    checks.push({ id, title, verdict: 'ok', detail: describe(value) })
    return value
  } catch (error) {
    if (!(error instanceof CheckpointFormatError)) throw error
    const { path, tensorName, field } = error
    const values = { path, ...(tensorName === undefined ? {} : { tensorName }), ...(field === undefined ? {} : { field }) }
    checks.push({ id, title, verdict: 'error', detail: error.message, values })
    return undefined
  }
}

function describeBase({ config, weights }: BaseModel): string {
  const size = `${config.numHiddenLayers} layers, hidden size ${config.hiddenSize}, vocabulary ${config.vocabSize}`
  return `${config.modelType}: ${size}, ${plural(weights.files.length, 'weight file')}.`
}

type CompleteBases = Readonly<Record<Role, BaseModel>>

/** The model of each role, or undefined where the reasoner or a folder of its own could not be read. */
function completeBases(bases: readonly RoleModel[]): CompleteBases | undefined {
  const find = (role: Role) => bases.find((base) => base.role === role)?.model
  const reasoner = find('reasoner')
  return reasoner && { reasoner, weaver: find('weaver') ?? reasoner, trigger: find('trigger') ?? reasoner }
}

/** A whole-model checkpoint brings its own base weights: say whether they are those of the folders. */
async function checkEmbeddedBases({ embeddedBases }: MemGenCheckpoint, bases: CompleteBases, scan: ScanOptions): Promise<HealthCheck[]> {
  const checks: HealthCheck[] = []
  for (const role of ['reasoner', 'weaver', 'trigger'] as const) {
    const embedded = embeddedBases?.[role]
    if (!embedded) continue
    const { config, weights } = bases[role]
    const { missing, mismatched } = compareWeights(embedded, config, { lmHead: role === 'reasoner' })
    if (missing.length + mismatched.length > 0) {
      checks.push({
        id: `${role}.embedded-tensors`,
        title: `The checkpoint holds every base weight of the ${role}`,
        verdict: 'error',
        detail: mismatched[0]?.message ?? `Missing: ${listNames(missing)}.`,
        values: { missing: [...missing] },
      })
      continue
    }
    const names = [...expectedTensors(config, { lmHead: role === 'reasoner' }).keys()]
    const difference = await findDifference(embedded, weights, names, scan)
    // Equal weights were scanned with their folder.
    if (difference !== undefined) {
      const title = `The ${role}’s base weights in the checkpoint are all finite numbers`
      checks.push(finiteCheck(`${role}.embedded`, title, await findNonFinite(embedded, names, scan)))
    }
    checks.push({
      id: `${role}.embedded-base`,
      title: `The ${role}’s base weights in the checkpoint are those of its folder`,
      verdict: difference === undefined ? 'ok' : 'warning',
      detail: difference === undefined ? 'Byte for byte the same.' : `They differ, first in ${difference}.`,
    })
  }
  return checks
}

/** Groups the roles by equal bases: each group is one copy in memory. */
async function findCopies(checkpoint: MemGenCheckpoint, bases: CompleteBases, scan: ScanOptions): Promise<MeasuredBase[]> {
  const roles: Role[] = checkpoint.trigger.outputLayer && checkpoint.triggerActive ? ['reasoner', 'weaver', 'trigger'] : ['reasoner', 'weaver']
  const groups: { roles: Role[]; model: BaseModel; weights: WeightIndex }[] = []
  for (const role of roles) {
    const model = bases[role]
    const weights = checkpoint.embeddedBases?.[role] ?? model.weights
    let home: (typeof groups)[number] | undefined
    for (const group of groups) {
      if (home === undefined && (await isSameBase({ config: group.model.config, weights: group.weights }, { config: model.config, weights }, scan))) home = group
    }
    if (home) home.roles.push(role)
    else groups.push({ roles: [role], model, weights })
  }
  return groups.map((group) => ({ roles: group.roles, config: group.model.config, locations: group.weights.tensors }))
}

function sizeOfOwnTensors(checkpoint: MemGenCheckpoint): number {
  return [...ownTensors(checkpoint).values()].reduce((sum, { data }) => sum + data.byteLength, 0)
}

function listFiles(bases: readonly RoleModel[], checkpoint: MemGenCheckpoint | undefined): WeightFile[] {
  const small = bases.flatMap(({ model }) =>
    ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json']
      .map((name) => join(model.directory, name))
      .filter((path) => existsSync(path))
      .map((path) => ({ path: realpathSync(path), sizeBytes: statSync(path).size })),
  )
  const all = [...bases.flatMap(({ model }) => model.weights.files), ...small, ...(checkpoint?.files ?? [])]
  return [...new Map(all.map((file) => [file.path, file])).values()]
}

async function hashFiles(files: readonly WeightFile[], scan: ScanOptions): Promise<HealthFile[]> {
  const hashed: HealthFile[] = []
  for (const file of files) hashed.push({ ...file, sha256: await hashFile(file.path, scan) })
  return hashed
}

function progressOptions(files: readonly WeightFile[], { sha256, signal, onProgress }: InspectOptions): ScanOptions {
  const passes = sha256 ? 2 : 1
  const totalBytes = passes * files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let doneBytes = 0
  const onBytes = (sizeBytes: number) => {
    doneBytes = Math.min(totalBytes, doneBytes + sizeBytes)
    onProgress?.({ doneBytes, totalBytes })
  }
  return { onBytes, ...(signal ? { signal } : {}) }
}

function isSamePath(left: string, right: string): boolean {
  return existsSync(left) && existsSync(right) && realpathSync(left) === realpathSync(right)
}

function worst(checks: readonly HealthCheck[]): HealthVerdict {
  const verdicts = checks.map(({ verdict }) => verdict)
  return verdicts.includes('error') ? 'error' : verdicts.includes('warning') ? 'warning' : 'ok'
}

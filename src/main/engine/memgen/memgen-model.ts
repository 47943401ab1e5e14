/**
 * @file A model in memory: its roles, maps and tokenizer, loaded from files and described for the views. It generates
 * nothing itself.
 */
import type { CandidateGate } from '../../../shared/domain/memory-policy.ts'
import type { Device, LoadedModel, ModelLocation, Placement, Precision } from '../../../shared/domain/model.ts'
import { findNonFinitePlace, type DecoderConfig, type MemGenCheckpoint } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import type { DecoderSession } from '../runtime/decoder-session.ts'
import type { SessionObserver } from '../runtime/graph-session.ts'
import { delimiterTokenIds, textGate, tokenIdGate, type DelimiterGate } from '../tokenization/delimiter-gate.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { blockFormats, type QuantizedPrecision } from '../quantization/block-quantization.ts'
import { quantizedWeights } from '../quantization/quantized-weights.ts'
import { estimatePlan, watchMemory } from './memory-need.ts'
import { describeModel } from './model-description.ts'
import { planModel, type ModelPlan, type PlannedBase, type RoleName } from './model-plan.ts'
import { createProjections, EmbeddingTable, type ProjectionPair } from './projections.ts'
import { Riders, ridingPays } from './riders.ts'
import { Role } from './role.ts'
import { StandingBase } from './standing-base.ts'
import { Trigger } from './trigger.ts'
import { Vocabulary } from './vocabulary.ts'
import { Weaver } from './weaver.ts'

/** The reference's, which are in its code and not in its checkpoints. */
const DEFAULT_DELIMITERS = [',', '.', '\n']

/** What a MemGen checkpoint adds to a base model. */
export interface Memory {
  readonly weaver: Weaver
  /** Absent when the checkpoint has only the constant "always insert". */
  readonly trigger: Trigger | undefined
  readonly checkpoint: MemGenCheckpoint
}

export interface LoadOptions {
  readonly device: Device
  /** @default 'f32' */
  readonly precision?: Precision
  /** The folder of quantised and packed weights that were written once; null where none may be written or looked for. @default null */
  readonly weightsDir?: string | null
  /** @default 0, one per core */
  readonly threads?: number
  /** Whether reasoner and trigger of a single row share runs where they share a base. @default as it pays (riders.ts) */
  readonly ridesTogether?: boolean
  /** Follows the runs of a profile. @default nobody */
  readonly observer?: ModelObserver | undefined
  readonly onProgress?: (stage: string, fraction: number) => void
}

/** Gives an observer to each session that generation runs, by what it computes. */
export type ModelObserver = (computes: 'forward' | 'embedding' | 'projection') => SessionObserver

/** Frees one part of a model. */
type Release = () => Promise<void>

export class MemGenModel {
  readonly config: DecoderConfig
  readonly tokenizer: Tokenizer
  readonly reasoner: Role
  readonly memory: Memory | undefined
  /** null where roles have runs of their own. */
  readonly riders: Riders | null
  readonly embeddings: EmbeddingTable
  readonly vocabulary: Vocabulary
  readonly delimiters: readonly string[]
  readonly summary: LoadedModel
  readonly #parts: ModelParts
  #tokenIdGate: DelimiterGate | undefined

  private constructor(parts: ModelParts) {
    this.config = parts.plan.reasoner.config
    this.tokenizer = parts.tokenizer
    this.reasoner = parts.reasoner
    this.memory = parts.memory
    this.riders = ridersOf(parts)
    this.embeddings = parts.embeddings
    this.vocabulary = parts.vocabulary
    this.delimiters = parts.plan.checkpoint?.delimiters ?? DEFAULT_DELIMITERS
    this.summary = describeModel(parts, this.delimiters)
    this.#parts = parts
  }

  /**
   * Throws MemoryInsufficientError before anything is loaded, CheckpointFormatError, TokenizerError or DeviceUnavailableError; nothing of the
   * model then stays in memory.
   */
  static async load(location: ModelLocation, options: LoadOptions): Promise<MemGenModel> {
    const releases: Release[] = []
    try {
      return new MemGenModel(await loadParts(location, options, releases))
    } catch (error) {
      for (const release of releases.toReversed()) await release()
      throw error
    }
  }

  /** The rule for candidates. Sets of token ids are found once: that decodes the whole vocabulary. */
  gate(kind: CandidateGate): DelimiterGate {
    if (kind === 'text') return textGate(this.tokenizer, this.delimiters)
    this.#tokenIdGate ??= tokenIdGate(new Set(delimiterTokenIds(this.tokenizer, this.delimiters)), this.tokenizer)
    return this.#tokenIdGate
  }

  /**
   * The same bases with another weaver and trigger, which must adapt the same modules: a model in training is sampled from this way.
   * Releasing it frees what is its own.
   */
  async withMemory(checkpoint: MemGenCheckpoint): Promise<MemGenModel> {
    const releases: Release[] = []
    const { sessions, embeddings, tokenizer } = this.#parts
    const memory = await createMemory(checkpoint, sessions, embeddings, tokenizer, releases)
    return new MemGenModel({ ...this.#parts, memory, releases })
  }

  /** Where the reasoner's tensors lie, quantised ones too where the model stands so, for graphs that are opened when they are first needed. */
  get reasonerLocations(): WeightLocations {
    return this.#parts.reasonerLocations
  }

  /** Whether packed weights are there that `usePacked` would go over to. */
  get hasPackedReady(): boolean {
    return this.#parts.bases.some(({ packedness }) => packedness === 'ready')
  }

  /** Resolves when no base is being packed any more. Throws the signal's reason. */
  async packed(signal?: AbortSignal): Promise<void> {
    for (const base of this.#parts.bases) await base.packed(signal)
  }

  /**
   * Goes over to packed weights where they are ready; blocks for about 0.5 s a gigabyte. Only while no rollout of this model is open: its
   * numbers would change by rounding on the way (docs/DESIGN.md 4.7).
   */
  async usePacked(): Promise<void> {
    for (const base of this.#parts.bases) await base.usePacked()
  }

  /** Frees something that was opened later, together with the model. */
  onRelease(release: Release): void {
    this.#parts.releases.push(release)
  }

  /** Where the files hold NaN or infinite values, as a sentence part. Reads every weight; for a generation that has met them. */
  async explainNonFinite(): Promise<string> {
    const { bases, checkpoint } = this.#parts.plan
    const place = await findNonFinitePlace(bases.map(({ locations }) => locations), checkpoint)
    return place === undefined ? 'every weight is finite, so the numbers overflowed on the way' : `${place.path}, tensor "${place.tensorName}", holds NaN or infinite values`
  }

  async release(): Promise<void> {
    // Files that were made for the model go last, when no session maps them.
    for (const release of this.#parts.releases.toReversed()) await release()
  }
}

interface ModelParts {
  readonly plan: ModelPlan
  /** As the sessions read them; those of `plan` are the files that the user named. */
  readonly reasonerLocations: WeightLocations
  readonly placement: Placement
  readonly tokenizer: Tokenizer
  readonly reasoner: Role
  readonly memory: Memory | undefined
  /** Whether reasoner and trigger of a single row share runs. */
  readonly rides: boolean
  readonly embeddings: EmbeddingTable
  readonly vocabulary: Vocabulary
  readonly bases: readonly StandingBase[]
  readonly sessions: ReadonlyMap<RoleName, DecoderSession>
  readonly memoryUse: LoadedModel['memory']
  readonly releases: Release[]
}

/** Opens everything; `releases` hears of each part as soon as it holds memory. */
async function loadParts(location: ModelLocation, { device, precision = 'f32', weightsDir = null, threads = 0, ridesTogether, observer, onProgress }: LoadOptions, releases: Release[]): Promise<ModelParts> {
  onProgress?.('reading files', 0)
  const plan = await planModel(location)
  const placement = { device, precision }
  const memoryWatch = watchMemory(estimatePlan(plan, placement, weightsDir !== null))
  const planned = precision === 'f32' ? plan.bases : await quantizeBases(plan.bases, precision, weightsDir, releases, onProgress)
  const reasonerLocations = locationsOf(planned, 'reasoner')
  const tokenizer = openTokenizer(plan.reasoner.directory)
  onProgress?.('measuring the vocabulary', 0.05)
  // Before the bases are packed: both read the whole table, and memory peaks there.
  const embeddings = await EmbeddingTable.create(plan.reasoner.config, reasonerLocations, observer?.('embedding'))
  releases.push(() => embeddings.release())
  const vocabulary = await Vocabulary.create(plan.reasoner.config, reasonerLocations, weightsDir)
  releases.push(() => vocabulary.release())
  const rides = device === 'cpu' && canRide(plan) && (ridesTogether ?? ridingPays(placement, plan.reasoner.config))
  const bases: StandingBase[] = []
  const sessions = new Map<RoleName, DecoderSession>()
  for (const [index, plannedBase] of planned.entries()) {
    onProgress?.(`loading the base of ${plannedBase.roles.join(', ')}`, (index + 0.2) / (planned.length + 1))
    const base = await StandingBase.open(plannedBase, { ...placement, weightsDir, threads, ridesTogether: rides && plannedBase.roles.includes('reasoner'), observer: observer?.('forward') })
    releases.push(() => base.release())
    bases.push(base)
    for (const role of plannedBase.roles) sessions.set(role, base.session)
  }
  const reasoner = new Role(sessionOf(sessions, 'reasoner'), undefined)
  const memory = plan.checkpoint && (await createMemory(plan.checkpoint, sessions, embeddings, tokenizer, releases, observer))
  onProgress?.('ready', 1)
  const memoryUse = memoryWatch.read()
  return { plan, reasonerLocations, placement, tokenizer, reasoner, memory, rides, embeddings, vocabulary, bases, sessions, memoryUse, releases }
}

/** The same bases with their matrices in side files, which `releases` lets go of where nobody would find them again. */
async function quantizeBases(
  bases: readonly PlannedBase[],
  precision: QuantizedPrecision,
  weightsDir: string | null,
  releases: Release[],
  onProgress: LoadOptions['onProgress'],
): Promise<PlannedBase[]> {
  const quantized: PlannedBase[] = []
  for (const base of bases) {
    const stage = `quantising the base of ${base.roles.join(', ')} to ${blockFormats[precision].bits} bits, once`
    const weights = await quantizedWeights(base, precision, weightsDir, { onProgress: (fraction) => onProgress?.(stage, 0.05 * fraction) })
    releases.push(() => weights.release())
    quantized.push({ ...base, locations: weights.locations })
  }
  return quantized
}

function locationsOf(bases: readonly PlannedBase[], role: RoleName): WeightLocations {
  const base = bases.find(({ roles }) => roles.includes(role))
  if (base === undefined) throw new Error(`internal: no base was planned for the ${role}`)
  return base.locations
}

async function createMemory(
  checkpoint: MemGenCheckpoint,
  sessions: ReadonlyMap<RoleName, DecoderSession>,
  embeddings: EmbeddingTable,
  tokenizer: Tokenizer,
  releases: Release[],
  observer?: ModelObserver,
): Promise<Memory> {
  const projections: ProjectionPair = await createProjections(checkpoint.projections, observer)
  releases.push(() => projections.toWeaver.release(), () => projections.toReasoner.release())
  const weaver = new Weaver(new Role(sessionOf(sessions, 'weaver'), checkpoint.weaver.adapter), checkpoint.weaver, embeddings, projections)
  const { outputLayer, adapter } = checkpoint.trigger
  const trigger = outputLayer && new Trigger(new Role(sessionOf(sessions, 'trigger'), adapter), outputLayer, tokenizer.padTokenId)
  return { weaver, trigger, checkpoint }
}

/** Whether reasoner and trigger stand on one base, and what they have read stays valid however long a context gets. */
function canRide({ bases, reasoner }: ModelPlan): boolean {
  return bases.some(({ roles }) => roles.includes('reasoner') && roles.includes('trigger')) && reasoner.config.ropeScaling.type !== 'dynamic'
}

function ridersOf({ rides, memory, sessions }: ModelParts): Riders | null {
  return rides && memory?.trigger !== undefined ? new Riders(sessionOf(sessions, 'reasoner'), memory.trigger.adapter) : null
}

function sessionOf(sessions: ReadonlyMap<RoleName, DecoderSession>, role: RoleName): DecoderSession {
  const session = sessions.get(role)
  if (session === undefined) throw new Error(`internal: no base was planned for the ${role}`)
  return session
}

/**
 * @file The weaver over a batch of passes: forward segment by segment, and back again in reverse order with the gradients of the keys
 * and values that segments hand on (docs/DESIGN.md 4.9). Knows no loss and no optimizer.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import { cacheNames } from '../decoder/decoder-graph.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type Tensor } from '../runtime/graph-session.ts'
import { joinRows } from '../runtime/ragged-batch.ts'
import { RotaryRows } from './causal-layout.ts'
import type { Dropout } from './dropout-masks.ts'
import { addTo } from './gradient-sums.ts'
import type { ParameterSet } from './parameter-set.ts'
import { gradientName, type TrainingGraph } from './reasoner-graph.ts'
import { layOutSegment, segmentCount, type LatentLengths, type SegmentLayout } from './segment-layout.ts'
import type { TrainingPass } from './supervised-rows.ts'
import type { TrainedLora } from './training-parameters.ts'
import { buildWeaverGraph, LATENTS_OUT, queryInputs, seedName } from './weaver-graph.ts'

/** The parts of a MemGen model that the weaver's training looks at. */
export interface WovenBases {
  readonly reasoner: { readonly config: DecoderConfig; readonly locations: WeightLocations }
  readonly weaver: { readonly config: DecoderConfig; readonly locations: WeightLocations }
  readonly latentLengths: LatentLengths
  readonly hasLatentNorm: boolean
  readonly lora: TrainedLora
}

/** One segment that was run: what went in, and what came out. */
interface WovenSegment {
  readonly layout: SegmentLayout
  readonly feeds: Readonly<Record<string, Tensor>>
  /** [batch * K, Hr] */
  readonly latents: Float32Array
  /** New keys and values by name, [batch, kvHeads, seq, headDim]. */
  readonly present: ReadonlyMap<string, Float32Array>
}

/** All latents of a batch, block after block, [rows, Hr]; row r of block m has its latents at `offset(m) + r * K(m)`. */
export interface Woven {
  readonly segments: readonly WovenSegment[]
  readonly latents: Float32Array
}

/** Names of the query parameters by kind of segment, as the reference has them (docs/REFERENCE.md 1.4). */
export function queryParameterNames(kind: 'prompt' | 'inference'): Readonly<Record<keyof typeof queryInputs, string>> {
  const prefix = `weaver.${kind}_`
  return {
    latents: `${prefix}query_latents`,
    normWeight: `${prefix}latent_ln.weight`,
    normBias: `${prefix}latent_ln.bias`,
    scale: `${prefix}latent_scale`,
  }
}

export class WeaverChain {
  readonly #bases: WovenBases
  readonly #forward: GraphSession
  readonly #backward: GraphSession
  readonly #graph: TrainingGraph
  readonly #rotary: RotaryRows
  readonly #caches: readonly { readonly past: string; readonly present: string }[]

  private constructor(bases: WovenBases, forward: GraphSession, backward: GraphSession, graph: TrainingGraph) {
    this.#bases = bases
    this.#forward = forward
    this.#backward = backward
    this.#graph = graph
    this.#rotary = new RotaryRows(bases.weaver.config)
    this.#caches = Array.from({ length: bases.weaver.config.numHiddenLayers }, (_, layer) => cacheNames(layer)).flatMap((names) => [
      { past: names.pastKey, present: names.presentKey },
      { past: names.pastValue, present: names.presentValue },
    ])
  }

  static async create(bases: WovenBases, { threads = 0 }: { threads?: number } = {}): Promise<WeaverChain> {
    const configs = { reasoner: bases.reasoner.config, weaver: bases.weaver.config }
    const locations = { reasoner: bases.reasoner.locations, weaver: bases.weaver.locations }
    const build = (pass: 'forward' | 'backward'): TrainingGraph =>
      buildWeaverGraph(configs, locations, { lora: bases.lora, hasLatentNorm: bases.hasLatentNorm, pass })
    const [forward, backward] = [build('forward'), build('backward')]
    return new WeaverChain(bases, await GraphSession.create(forward.model, { threads, spins: false }), await GraphSession.create(backward.model, { threads, spins: false }), backward)
  }

  /** Weaves the latents of all insertions, each from the tokens and latents before it (docs/REFERENCE.md 5.5). */
  async weave(passes: readonly TrainingPass[], parameters: ParameterSet, dropout: Dropout): Promise<Woven> {
    const segments: WovenSegment[] = []
    const count = segmentCount(passes)
    while (segments.length < count) segments.push(await this.#weaveSegment(passes, segments, parameters, dropout))
    return { segments, latents: joinRows(segments.map(({ latents }) => latents)) }
  }

  /** Adds to `gradients` what follows for the parameters from the gradient of all latents, which is laid out like them. */
  async unweave({ segments }: Woven, latentGradients: Float32Array, gradients: ParameterSet): Promise<void> {
    const cacheGradients = segments.map(({ present }) => new Map([...present].map(([name, data]) => [name, new Float32Array(data.length)])))
    // Blocks receive gradients from the reasoner, and from the next segment, which reads their latents too.
    const received = latentGradients.slice()
    let end = received.length
    for (const [block, { layout, feeds, latents, present }] of [...segments.entries()].reverse()) {
      const start = end - latents.length
      const seeds: Record<string, Tensor> = { [seedName(LATENTS_OUT)]: float32Tensor(received.subarray(start, end), [layout.queryRows.length, this.#reasonerSize]) }
      for (const name of present.keys()) {
        const gradient = cacheGradients[block]?.get(name)
        if (gradient !== undefined) seeds[seedName(name)] = float32Tensor(gradient, this.#cacheShape(layout, layout.seq))
      }
      const results = await this.#backward.run({ ...feeds, ...seeds }, this.#backwardFetches(block))
      for (const input of this.#graph.trained) addTo(gradients.view(this.#parameterName(input, block)), float32Data(results, gradientName(input)))
      if (block > 0) {
        const previous = segments[block - 1]?.latents.length ?? 0
        addTo(received.subarray(start - previous, start), float32Data(results, gradientName('latents')))
        for (const { past, present: name } of this.#caches) {
          this.#handBack(segments, cacheGradients, block, name, float32Data(results, gradientName(past)))
        }
      }
      end = start
    }
  }

  async release(): Promise<void> {
    await this.#forward.release()
    await this.#backward.release()
  }

  get #reasonerSize(): number {
    return this.#bases.reasoner.config.hiddenSize
  }

  async #weaveSegment(passes: readonly TrainingPass[], earlier: readonly WovenSegment[], parameters: ParameterSet, dropout: Dropout): Promise<WovenSegment> {
    const layout = layOutSegment(passes, earlier.map((segment) => segment.layout), this.#bases.latentLengths)
    const { seq, positions } = layout
    const shape = [passes.length, seq]
    const { cos, sin } = this.#rotary.at(positions)
    const rotaryShape = [...shape, this.#bases.weaver.config.headDim / 2]
    const block = earlier.length
    // The graph gathers from the latents whether or not a position uses them, so there is always one.
    const previous = earlier.at(-1)?.latents ?? new Float32Array(this.#reasonerSize)
    const feeds: Record<string, Tensor> = {
      input_ids: int64Tensor(layout.ids, shape),
      latent_index: int64Tensor(layout.latentIndex, [positions.length]),
      latents: float32Tensor(previous, [previous.length / this.#reasonerSize, this.#reasonerSize]),
      query_index: int64Tensor(layout.queryIndex, [positions.length]),
      query_rows: int64Tensor(layout.queryRows, [layout.queryRows.length]),
      cos: float32Tensor(cos, rotaryShape),
      sin: float32Tensor(sin, rotaryShape),
      attention_mask: float32Tensor(layout.mask, [passes.length, 1, seq, layout.pastLength + seq]),
      ...dropout.feeds(this.#graph.dropoutWidths, positions.length),
      ...this.#pastFeeds(earlier, passes.length),
      ...Object.fromEntries(
        this.#graph.trained.map((input) => {
          const name = this.#parameterName(input, block)
          return [input, float32Tensor(parameters.view(name), parameters.shapeOf(name))]
        }),
      ),
    }
    const results = await this.#forward.run(feeds, [LATENTS_OUT, ...this.#caches.map(({ present }) => present)])
    return {
      layout,
      feeds,
      latents: float32Data(results, LATENTS_OUT),
      present: new Map(this.#caches.map(({ present }) => [present, float32Data(results, present)])),
    }
  }

  /** The parameter that an input of the graph stands for in this segment. */
  #parameterName(input: string, block: number): string {
    const names = queryParameterNames(block === 0 ? 'prompt' : 'inference')
    const keys = Object.keys(queryInputs) as (keyof typeof queryInputs)[] // a constant of ours has no other keys
    const key = keys.find((name) => queryInputs[name] === input)
    return key === undefined ? input : names[key]
  }

  /** Keys and values of all earlier segments, joined along the sequence. */
  #pastFeeds(earlier: readonly WovenSegment[], batch: number): Record<string, Tensor> {
    const { numKeyValueHeads, headDim } = this.#bases.weaver.config
    const pastLength = earlier.reduce((sum, { layout }) => sum + layout.seq, 0)
    const feeds: Record<string, Tensor> = {}
    for (const { past, present } of this.#caches) {
      const joined = new Float32Array(batch * numKeyValueHeads * pastLength * headDim)
      let offset = 0
      for (const segment of earlier) {
        const data = segment.present.get(present)
        const length = segment.layout.seq * headDim
        for (let head = 0; head < batch * numKeyValueHeads; head++) {
          if (data) joined.set(data.subarray(head * length, (head + 1) * length), head * pastLength * headDim + offset)
        }
        offset += length
      }
      feeds[past] = float32Tensor(joined, [batch, numKeyValueHeads, pastLength, headDim])
    }
    return feeds
  }

  /** Spreads the gradient of joined keys or values over the segments they came from. */
  #handBack(
    segments: readonly WovenSegment[],
    cacheGradients: readonly ReadonlyMap<string, Float32Array>[],
    block: number,
    name: string,
    gradient: Float32Array,
  ): void {
    const { headDim } = this.#bases.weaver.config
    const pastLength = segments[block]?.layout.pastLength ?? 0
    const heads = gradient.length / (pastLength * headDim)
    let offset = 0
    for (const [index, { layout }] of segments.slice(0, block).entries()) {
      const target = cacheGradients[index]?.get(name)
      const length = layout.seq * headDim
      for (let head = 0; head < heads; head++) {
        const start = head * pastLength * headDim + offset
        if (target) addTo(target.subarray(head * length, (head + 1) * length), gradient.subarray(start, start + length))
      }
      offset += length
    }
  }

  #backwardFetches(block: number): string[] {
    const handedBack = block === 0 ? [] : ['latents', ...this.#caches.map(({ past }) => past)]
    return [...this.#graph.trained, ...handedBack].map(gradientName)
  }

  #cacheShape(layout: SegmentLayout, length: number): number[] {
    const { numKeyValueHeads, headDim } = this.#bases.weaver.config
    return [layout.contextCounts.length, numKeyValueHeads, length, headDim]
  }
}

/**
 * @file Running ONNX graphs: the only importer of onnxruntime-node. It does not know what a graph computes.
 *
 * `session.run` blocks its thread and cannot be cancelled (docs/DESIGN.md 4.6); callers look at their stop flag
 * between runs.
 */
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { deviceSchema, type Device } from '../../../shared/domain/model.ts'

export type Tensor = ort.Tensor
export type Tensors = Readonly<Record<string, Tensor>>

export interface SessionOptions {
  /** @default 'cpu' */
  readonly device?: Device
  /**
   * Let ONNX Runtime pack weights into its own memory: faster by half at several rows, at the cost of a private copy.
   * Without it the mapped file is shared by all sessions (docs/DESIGN.md 4.5). @default true
   */
  readonly prepack?: boolean
  /** Intra-op threads; 0 takes one per core. @default 0 */
  readonly threads?: number
  /**
   * Whether threads that wait within a run keep their cores. Faster alone; on a machine that does other work as well, a step takes up to 1.6 times as
   * long (docs/LOG.md). @default true
   */
  readonly spins?: boolean
  /** Results that stay on the device. @default none */
  readonly deviceOutputs?: readonly string[]
  /** Fold constants and fuse operators. Off for graphs that read a few rows of a half-precision table. @default true */
  readonly optimize?: boolean
  /** Follows its runs for a profile. @default nobody */
  readonly observer?: SessionObserver | undefined
  /** Also writes the optimised graph, its weights and their packed form into this folder (runtime/packed-weights.ts). @default nothing */
  readonly savePackedInto?: string
}

/** Files that `savePackedInto` writes; the graph names the other by its name alone, so that the folder can be renamed. */
export const packedFiles = { graph: 'model.onnx', weights: 'weights.bin' } as const

/** What packed weights and optimised graphs are valid for, besides the processor. */
export const runtimeVersion = `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`

/** Asked whenever a session is opened, since one graph may be opened again in another form. */
export type SessionObserver = () => RunObserver

/** Follows the runs of one session, whose operators ONNX Runtime records until it is told to end. */
export interface RunObserver {
  /** What the file begins with that ONNX Runtime writes when it ends recording; it adds the time. */
  readonly profileFilePrefix: string
  /** The session is open; `endProfiling` may be called once. */
  onOpen(endProfiling: () => void): void
  /** Stands around every run. */
  onRun<Result>(run: () => Promise<Result>): Promise<Result>
}

/** What this build of ONNX Runtime offers on this system, the CPU first; whether a device works is seen when it is used. */
export function listDevices(): Device[] {
  const names = new Set(ort.listSupportedBackends().map(({ name }) => name))
  return deviceSchema.options.filter((device) => names.has(device))
}

/** ONNX Runtime could not be given this device; `reason` is its own. */
export class DeviceUnavailableError extends Error {
  readonly device: Device
  readonly reason: string

  constructor(device: Device, cause: unknown) {
    const reason = withoutSourcePlace(cause instanceof Error ? cause.message : String(cause))
    super(`The device ${device} cannot be used: ${reason}`, { cause })
    this.name = 'DeviceUnavailableError'
    this.device = device
    this.reason = reason
  }
}

/** ONNX Runtime's checks begin with a node's name and `file.cc:line function condition was false.`, which tells a user nothing. */
function withoutSourcePlace(message: string): string {
  const reason = message.replace(/^Non-zero status code .*? Status Message: /, '')
  return reason.replace(/^\S+\.(?:cc|cpp|h):\d+ (?:.*? was false\. )?/, '').trim()
}

export class GraphSession {
  readonly device: Device
  readonly #session: ort.InferenceSession
  readonly #observer: RunObserver | undefined

  private constructor(device: Device, session: ort.InferenceSession, observer: RunObserver | undefined) {
    this.device = device
    this.#session = session
    this.#observer = observer
    observer?.onOpen(() => {
      session.endProfiling()
    })
  }

  /**
   * Creates a session from an encoded model whose external weights lie anywhere on disk, or from the path of a saved one whose weights lie
   * beside it. Throws DeviceUnavailableError.
   */
  static async create(model: Uint8Array | string, options: SessionOptions = {}): Promise<GraphSession> {
    const device = options.device ?? 'cpu'
    // It would be left out silently, and everything computed on the CPU.
    if (!listDevices().includes(device)) throw new DeviceUnavailableError(device, 'ONNX Runtime does not offer it on this system.')
    const observer = options.observer?.()
    const sessionOptions: ort.InferenceSession.SessionOptions = {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: options.threads ?? 0,
      interOpNumThreads: 1,
      graphOptimizationLevel: (options.optimize ?? true) ? 'all' : 'disabled',
      // Shapes change at every token, so patterns would be recorded anew each time.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(observer === undefined ? {} : { enableProfiling: true, profileFilePrefix: observer.profileFilePrefix }),
      extra: {
        session: {
          ...(typeof model === 'string' ? {} : { model_external_initializers_file_folder_path: '/' }),
          ...((options.prepack ?? true) ? {} : { disable_prepacking: '1' }),
          ...((options.spins ?? true) ? spinningInRuns : { intra_op: { allow_spinning: '0' } }),
          ...(options.savePackedInto === undefined ? {} : packedSaving),
        },
      },
      ...(options.savePackedInto === undefined ? {} : { optimizedModelFilePath: join(options.savePackedInto, packedFiles.graph) }),
      ...(options.deviceOutputs === undefined || options.deviceOutputs.length === 0
        ? {}
        : { preferredOutputLocation: Object.fromEntries(options.deviceOutputs.map((name) => [name, 'gpu-buffer' as const])) }),
    }
    try {
      // One call, but two overloads.
      const session = typeof model === 'string' ? ort.InferenceSession.create(model, sessionOptions) : ort.InferenceSession.create(model, sessionOptions)
      return new GraphSession(device, await session, observer)
    } catch (error) {
      if (device !== 'cpu') throw new DeviceUnavailableError(device, error)
      throw error
    }
  }

  /**
   * Computes the named results. CPU results are fresh copies; inputs are read in place.
   * @param into tensors on the device that results of these names are written into; a session with `deviceOutputs` ignores them. @default none
   * @throws DeviceUnavailableError where a device other than the CPU fails: lost, out of memory, or unable to compute this after all
   */
  async run(feeds: Tensors, fetches: readonly string[], into: Tensors = {}): Promise<Tensors> {
    const targets = Object.fromEntries(fetches.map((name) => [name, into[name] ?? null]))
    const run = (): Promise<Tensors> => this.#session.run(feeds, targets).catch((error: unknown) => this.#blameDevice(error))
    return this.#observer === undefined ? run() : this.#observer.onRun(run)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  /** ONNX Runtime has no error of its own for a device that failed; whatever it was, the CPU can be tried instead. */
  #blameDevice(error: unknown): never {
    throw this.device === 'cpu' ? error : new DeviceUnavailableError(this.device, error)
  }
}

/** Between runs nobody spins: for 35 ms after each, a thread that waits for the next would keep its core from the page that draws the step. */
const spinningInRuns = { force_spinning_stop: '1' }

/** Session options for writing packed weights. */
const packedSaving = {
  save_external_prepacked_constant_initializers: '1',
  optimized_model_external_initializers_file_name: packedFiles.weights,
  // Norms and biases too: only graph constants stay in the graph's file.
  optimized_model_external_initializers_min_size_in_bytes: '1024',
}

/** A float32 tensor over `data`, which is not copied. */
export function float32Tensor(data: Float32Array, shape: readonly number[]): Tensor {
  return new ort.Tensor('float32', data, shape)
}

/**
 * @param values safe integers: written as pairs of words, lower first as on every machine that ONNX Runtime supports, since making a BigInt of
 *   each took longer than a small graph
 */
export function int64Tensor(values: ArrayLike<number>, shape: readonly number[]): Tensor {
  const words = new Int32Array(values.length * 2)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    words[index * 2] = value
    words[index * 2 + 1] = Math.floor(value / 2 ** 32)
  }
  return new ort.Tensor('int64', new BigInt64Array(words.buffer), shape)
}

export function boolTensor(values: Uint8Array, shape: readonly number[]): Tensor {
  return new ort.Tensor('bool', values, shape)
}

/** The numbers of a float32 result that was fetched to the CPU. */
export function float32Data(tensors: Tensors, name: string): Float32Array {
  const tensor = tensors[name]
  if (tensor === undefined) throw new Error(`internal: the graph returned no ${name}`)
  if (!(tensor.data instanceof Float32Array)) throw new Error(`internal: ${name} is ${tensor.type}, expected float32`)
  return tensor.data
}

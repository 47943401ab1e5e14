/**
 * @file Collects typed nodes and initializers and encodes them as an ONNX model. It knows the file format and no
 * operator: shapes are inferred in `ops/`.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js'
import { formatShape, type ElementType, type Shape, type Value } from './value.ts'

/** Opset 23 brings RMSNormalization and RotaryEmbedding; IR 10 is the newest that every ONNX Runtime since 1.20 reads. */
const OPSET_VERSION = 23n
const IR_VERSION = 10n
/** Operators that ONNX Runtime adds to the standard ones. */
export const MICROSOFT_DOMAIN = 'com.microsoft'

export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface NodeOptions {
  /** @default {} Integers and integer lists; `{ float }` for a float. */
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** @default '' the standard operators */
  readonly domain?: string
}

/** A node as it was added, for whoever walks the graph: the reverse pass of `autodiff/`. */
export interface Operation {
  readonly opType: string
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** Bytes of a tensor inside a file that stays where it is. */
export interface ExternalBytes {
  /** Path as ONNX Runtime wants it: relative to the folder that the session option names. */
  readonly location: string
  readonly byteOffset: number
  readonly byteLength: number
}

const dataTypes = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
} as const satisfies Record<ElementType, TensorProto_DataType>

export class GraphBuilder {
  readonly #name: string
  readonly #names = new Set<string>()
  readonly #nodes: NodeProto[] = []
  readonly #operations: Operation[] = []
  readonly #initializers: TensorProto[] = []
  readonly #inputs: ValueInfoProto[] = []
  readonly #outputs: ValueInfoProto[] = []
  /** Names of what nodes compute. */
  readonly #computed = new Set<string>()
  /** Names that such values have as results of the graph. */
  readonly #resultNames = new Map<string, string>()
  #scope = ''
  #counter = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Every node so far, each after those it reads from. */
  get operations(): readonly Operation[] {
    return this.#operations
  }

  input(name: string, elementType: ElementType, shape: Shape): Value {
    const value = this.#define(name, elementType, shape)
    this.#inputs.push(valueInfo(value))
    return value
  }

  /**
   * Declares a value as a result of the graph under a name of its own. What a node computes is called that in the encoded model, since a node
   * only to rename it would copy it; inputs and values that are a result already need one.
   */
  output(name: string, value: Value): void {
    const { elementType, shape } = value
    if (!this.#computed.has(value.name) || this.#resultNames.has(value.name)) {
      const [copy] = this.node('Identity', [value], [{ elementType, shape, name }])
      if (copy !== undefined) this.#outputs.push(valueInfo(copy))
      return
    }
    this.#resultNames.set(value.name, name)
    this.#outputs.push(valueInfo(this.#define(name, elementType, shape)))
  }

  /** A tensor whose bytes stay in their file. */
  external(name: string, elementType: ElementType, shape: readonly number[], bytes: ExternalBytes): Value {
    const value = this.#define(name, elementType, shape)
    const entries = { location: bytes.location, offset: `${bytes.byteOffset}`, length: `${bytes.byteLength}` }
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: dataTypes[elementType],
        dims: shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, text]) => create(StringStringEntryProtoSchema, { key, value: text })),
      }),
    )
    return value
  }

  float32(name: string, shape: readonly number[], data: Float32Array): Value {
    expectLength(name, shape, data.length)
    return this.#inline(name, 'float32', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  float32Scalar(name: string, value: number): Value {
    return this.float32(this.uniqueName(name), [], Float32Array.of(value))
  }

  int64(name: string, values: readonly number[], shape: readonly number[] = [values.length]): Value {
    expectLength(name, shape, values.length)
    const data = BigInt64Array.from(values, BigInt)
    return this.#inline(this.uniqueName(name), 'int64', shape, new Uint8Array(data.buffer))
  }

  /** Adds a node; each result gets the inferred type and shape it is declared with. */
  node(
    opType: string,
    inputs: readonly Value[],
    outputs: readonly { elementType: ElementType; shape: Shape; name?: string }[],
    options: NodeOptions = {},
  ): Value[] {
    const results = outputs.map((output) => this.#define(output.name ?? this.uniqueName(opType), output.elementType, output.shape))
    for (const { name } of results) this.#computed.add(name)
    this.#operations.push({ opType, inputs, outputs: results, attributes: options.attributes ?? {} })
    this.#nodes.push(
      create(NodeProtoSchema, {
        name: this.uniqueName(`${this.#scope}${opType}_node`),
        opType,
        domain: options.domain ?? '',
        input: inputs.map((value) => value.name),
        output: results.map((value) => value.name),
        attribute: Object.entries(options.attributes ?? {}).map(([name, attribute]) => encodeAttribute(name, attribute)),
      }),
    )
    return results
  }

  /** `node` for the many operators with one result. */
  single(opType: string, inputs: readonly Value[], elementType: ElementType, shape: Shape, options: NodeOptions = {}): Value {
    const [result] = this.node(opType, inputs, [{ elementType, shape }], options)
    if (result === undefined) throw new Error(`internal: ${opType} gave no result`)
    return result
  }

  /**
   * Names the nodes that are added meanwhile `scope/...`, for readers of a profile: what ONNX Runtime fuses keeps the name of one of its nodes.
   * Scopes lie within each other; values keep their names.
   */
  within<Result>(scope: string, build: () => Result): Result {
    const outer = this.#scope
    this.#scope = `${outer}${scope}/`
    try {
      return build()
    } finally {
      this.#scope = outer
    }
  }

  uniqueName(stem: string): string {
    return `${stem}_${this.#counter++}`
  }

  /** The model as ONNX protobuf. */
  encode(): Uint8Array {
    const resultName = (name: string): string => this.#resultNames.get(name) ?? name
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: IR_VERSION,
        producerName: 'memgen-workbench',
        opsetImport: [
          { domain: '', version: OPSET_VERSION },
          { domain: MICROSOFT_DOMAIN, version: 1n },
        ],
        graph: create(GraphProtoSchema, {
          name: this.#name,
          node: this.#nodes.map((node) => ({ ...node, input: node.input.map(resultName), output: node.output.map(resultName) })),
          initializer: this.#initializers,
          input: this.#inputs,
          output: this.#outputs,
        }),
      }),
    )
  }

  #define(name: string, elementType: ElementType, shape: Shape): Value {
    if (this.#names.has(name)) throw new Error(`internal: graph ${this.#name} already has a value ${name}`)
    this.#names.add(name)
    return { name, elementType, shape }
  }

  #inline(name: string, elementType: ElementType, shape: readonly number[], rawData: Uint8Array): Value {
    const value = this.#define(name, elementType, shape)
    this.#initializers.push(create(TensorProtoSchema, { name, dataType: dataTypes[elementType], dims: shape.map(BigInt), rawData }))
    return value
  }
}

function expectLength(name: string, shape: readonly number[], length: number): void {
  const expected = shape.reduce((product, dim) => product * dim, 1)
  if (expected !== length) throw new Error(`internal: ${name} ${formatShape(shape)} should hold ${expected} numbers, holds ${length}`)
}

function valueInfo(value: Value): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: dataTypes[value.elementType],
          shape: {
            dim: value.shape.map((dim) => ({
              value: typeof dim === 'number' ? { case: 'dimValue' as const, value: BigInt(dim) } : { case: 'dimParam' as const, value: dim },
            })),
          },
        },
      },
    },
  })
}

function encodeAttribute(name: string, attribute: Attribute): AttributeProto {
  if (typeof attribute === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(attribute) })
  }
  if (typeof attribute === 'string') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(attribute) })
  }
  if ('float' in attribute) return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: attribute.float })
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: attribute.map(BigInt) })
}

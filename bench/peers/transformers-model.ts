/**
 * @file The measured model as the folder that transformers.js expects of a causal language model: config.json, onnx/model.onnx and its weights
 * beside it, which are the safetensors file under another name. It runs nothing.
 *
 * The graph is that of an ordinary export: whole logits, attention composed of plain operators, keys and values in and out joined.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBaseModel, type DecoderConfig } from '../../src/main/engine/checkpoint/index.ts'
import { attentionFrame } from '../../src/main/engine/decoder/attention.ts'
import { cacheNames, expectedLocations, pastInputs, StoredParameters } from '../../src/main/engine/decoder/decoder-graph.ts'
import { decoderStack, type RotaryTables } from '../../src/main/engine/decoder/decoder-stack.ts'
import { storedWeight, type WeightLocations } from '../../src/main/engine/decoder/graph-weights.ts'
import { ropeFrequencies, ropeTables } from '../../src/main/engine/decoder/rope.ts'
import { GraphBuilder } from '../../src/main/engine/onnx/graph-builder.ts'
import { dimAt, type Value } from '../../src/main/engine/onnx/value.ts'
import { add, multiply, subtract, toFloat32, where } from '../../src/main/engine/ops/elementwise.ts'
import { concat, gatherRows, lengthOf, reshape, runtimeShape, slice, unsqueeze } from '../../src/main/engine/ops/layout.ts'
import { linear } from '../../src/main/engine/ops/matrix.ts'

const MODEL_FILE = 'model.onnx'
/** As transformers.js names the first file of weights. */
const WEIGHTS_FILE = 'model.onnx_data'
/** Positions with rotary tables: more than the benchmark reaches. */
const POSITIONS = 1024
/** What a masked score gets. */
const MASKED = -1e9

/** Writes the folder unless it is there; returns it. */
export function writeTransformersModel(reasonerDir: string, directory: string): string {
  const onnxDir = join(directory, 'onnx')
  if (existsSync(join(onnxDir, MODEL_FILE))) return directory
  const { config, weights } = openBaseModel(reasonerDir)
  mkdirSync(onnxDir, { recursive: true })
  copyFileSync(join(reasonerDir, 'config.json'), join(directory, 'config.json'))
  if (!existsSync(join(onnxDir, WEIGHTS_FILE))) linkSync(join(reasonerDir, 'model.safetensors'), join(onnxDir, WEIGHTS_FILE))
  writeFileSync(join(onnxDir, MODEL_FILE), exportedGraph(config, besideGraph(expectedLocations(config, weights.tensors))))
  return directory
}

/** The same places in the file that lies beside the graph. */
function besideGraph(locations: WeightLocations): WeightLocations {
  return new Map([...locations].map(([name, location]) => [name, { ...location, file: WEIGHTS_FILE }]))
}

function exportedGraph(config: DecoderConfig, locations: WeightLocations): Uint8Array {
  const graph = new GraphBuilder('exported')
  const inputIds = graph.input('input_ids', 'int64', ['batch', 'seq'])
  const attentionMask = graph.input('attention_mask', 'int64', ['batch', 'past+seq'])
  const positionIds = graph.input('position_ids', 'int64', ['batch', 'seq'])
  const pasts = pastInputs(graph, config)
  const table = storedWeight(graph, locations, 'model.embed_tokens.weight')
  const parameters = new StoredParameters(graph, locations, { loraModules: new Set() })
  const flat = (ids: Value): Value => reshape(graph, ids, graph.int64('flat', [-1]), ['tokens'])
  const mask = additiveMask(graph, attentionMask, inputIds, pasts[0]?.pastKey)
  const frame = attentionFrame(graph, config, inputIds, mask, pasts[0]?.pastKey)
  const rotary = rotaryTables(graph, config, inputIds, flat(positionIds))
  const { normed, layers } = decoderStack(graph, config, parameters, { frame, rotary, pasts }, gatherRows(graph, table, flat(inputIds)))
  const logits = linear(graph, normed, table)
  graph.output('logits', reshape(graph, logits, runtimeShape(graph, [lengthOf(graph, inputIds, 0), -1, config.vocabSize]), ['batch', 'seq', config.vocabSize]))
  for (const [layer, { newKey, newValue }] of layers.entries()) {
    const past = pasts[layer]
    if (past === undefined) throw new Error(`internal: layer ${layer} has no cache`)
    graph.output(cacheNames(layer).presentKey, concat(graph, [past.pastKey, newKey], 2, 'past+seq'))
    graph.output(cacheNames(layer).presentValue, concat(graph, [past.pastValue, newValue], 2, 'past+seq'))
  }
  return graph.encode()
}

/** Masked where the caller says so, and behind each token: [batch, 1, seq, past + seq]. */
function additiveMask(graph: GraphBuilder, attentionMask: Value, inputIds: Value, pastKey: Value | undefined): Value {
  if (pastKey === undefined) throw new Error('internal: a model without layers')
  const places = graph.float32('places', [POSITIONS], Float32Array.from({ length: POSITIONS }, (_, place) => place))
  const total = lengthOf(graph, attentionMask, 1)
  const keys = slice(graph, places, graph.int64('zero', [0]), total, 0, 'past+seq')
  const queries = slice(graph, places, lengthOf(graph, pastKey, 2), total, 0, 'seq')
  const distance = subtract(graph, unsqueeze(graph, queries, [1]), unsqueeze(graph, keys, [0]))
  const isBehind = graph.single('Less', [distance, graph.float32Scalar('none', 0)], 'bool', distance.shape)
  const causal = where(graph, isBehind, graph.float32Scalar('masked', MASKED), graph.float32Scalar('seen', 0))
  const given = multiply(graph, subtract(graph, graph.float32Scalar('one', 1), toFloat32(graph, attentionMask)), graph.float32Scalar('masked', MASKED))
  const mask = add(graph, unsqueeze(graph, given, [1, 2]), unsqueeze(graph, causal, [0, 1]))
  return { ...mask, shape: [dimAt(inputIds, 0), 1, dimAt(inputIds, 1), 'past+seq'] }
}

/** Rows of tables made beforehand: [batch, seq, headDim / 2]. */
function rotaryTables(graph: GraphBuilder, config: DecoderConfig, inputIds: Value, positions: Value): RotaryTables {
  const half = config.headDim / 2
  const { cos, sin } = ropeTables(ropeFrequencies(config, POSITIONS), Array.from({ length: POSITIONS }, (_, position) => position))
  const shape = runtimeShape(graph, [lengthOf(graph, inputIds, 0), lengthOf(graph, inputIds, 1), half])
  const rows = (name: string, table: Float32Array): Value => reshape(graph, gatherRows(graph, graph.float32(name, [POSITIONS, half], table), positions), shape, ['batch', 'seq', half])
  return { cos: rows('cos', cos), sin: rows('sin', sin) }
}

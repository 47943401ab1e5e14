/** @file Nodes find the part of the graph that their names say, also after ONNX Runtime has fused them. */
import { expect, test } from 'vitest'
import { groupOfNode } from './node-group.ts'

test.each([
  ['embed_tokens/Gather_node_4', 'embedding'],
  ['layers.11/self_attn/MatMul_node_97/MatmulTransposeFusion/', 'attention'],
  ['layers.3/mlp/Mul_node_141/QuickGeluFusion/', 'mlp'],
  ['layers.3/self_attn/norm/RMSNormalization_node_7', 'norms'],
  ['layers.3/self_attn/lora/Gemm_node_65', 'adapters'],
  ['lm_head/Gemm_node_504', 'head'],
  ['layers.3/Add_node_149', 'residuals and results'],
  ['Gather_node_12', 'residuals and results'],
  ['Memcpy_token_0', 'copies between devices'],
])('%s belongs to %s', (name, group) => {
  expect(groupOfNode(name)).toBe(group)
})

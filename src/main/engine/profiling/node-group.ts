/** @file Which part of the forward graph an operator belongs to, by the name of its node. It knows the scopes that the decoder's files give. */

/** Scopes and the parts they are shown as. A layer's attention holds its projections, rotary embedding, scores and cache. */
const groups: Readonly<Record<string, string>> = {
  embed_tokens: 'embedding',
  attention_frame: 'shapes and mask',
  self_attn: 'attention',
  mlp: 'mlp',
  norm: 'norms',
  lora: 'adapters',
  present: 'caches',
  lm_head: 'head',
}

/** Of nodes that ONNX Runtime adds to move tensors between devices. */
const COPIES = 'copies between devices'
/** Of nodes without a scope of their own. */
const REST = 'residuals and results'

/**
 * The part by the innermost scope: `layers.3/self_attn/lora/Gemm_node_12` is an adapter's. What ONNX Runtime fuses keeps the name of one of
 * its nodes with something behind it: `layers.3/mlp/Mul_node_141/QuickGeluFusion/`.
 */
export function groupOfNode(nodeName: string): string {
  if (nodeName.startsWith('Memcpy')) return COPIES
  const scope = nodeName.split('/').findLast((segment) => Object.hasOwn(groups, segment))
  return (scope === undefined ? undefined : groups[scope]) ?? REST
}

/** @file What the library knows about a model and what a loaded one is; it does not know how weights are read. */
import { z } from 'zod'
import { candidateGateSchema } from './memory-policy.ts'
import { modelIdSchema } from './identifiers.ts'

/** Where ONNX Runtime computes; which of them this machine can offer is asked of the engine. */
export const deviceSchema = z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml'])
export type Device = z.infer<typeof deviceSchema>

/** `auto`: the fastest of those that this machine has, as measured for a model of this shape. */
export const deviceChoiceSchema = z.enum(['auto', ...deviceSchema.options])
export type DeviceChoice = z.infer<typeof deviceChoiceSchema>

/**
 * How the linear weights and the embedding table of a base are held; norms, biases, adapters, latents and projections stay float32.
 * f32: as the files say, half precision widened. q8, q4: blocks of 32 with a scale each, written once to a side file (docs/DESIGN.md 4.5).
 */
export const precisionSchema = z.enum(['f32', 'q8', 'q4'])
export type Precision = z.infer<typeof precisionSchema>

/** Where and how a model is to stand in memory, as the user asked. */
export const placementChoiceSchema = z.object({ device: deviceChoiceSchema.default('auto'), precision: precisionSchema.default('f32') })
export type PlacementChoice = z.infer<typeof placementChoiceSchema>

/** Where and how a model stands, or is about to. */
export const placementSchema = z.object({ device: deviceSchema, precision: precisionSchema })
export type Placement = z.infer<typeof placementSchema>

/** Why a model stands on the CPU though another device was asked for, or was the faster one. */
export const deviceFallbackSchema = z.object({ device: deviceSchema, reason: z.string() })
export type DeviceFallback = z.infer<typeof deviceFallbackSchema>

/** Where the parts of a model lie; weaver and trigger default to the reasoner's base. */
export const modelLocationSchema = z.object({
  reasonerDir: z.string().min(1),
  weaverDir: z.string().min(1).optional(),
  triggerDir: z.string().min(1).optional(),
  /** A MemGen checkpoint; without one only the `vanilla` policy can run. */
  checkpointDir: z.string().min(1).optional(),
})
export type ModelLocation = z.infer<typeof modelLocationSchema>

/** A prompt to begin with that suits a model. */
export const modelExampleSchema = z.object({
  /** A few words for a button. */
  title: z.string().min(1),
  /** The user message, as the model expects it. */
  userMessage: z.string().min(1),
})

export const modelEntrySchema = z.object({
  id: modelIdSchema,
  name: z.string().min(1),
  location: modelLocationSchema,
  /** Shipped with the app. */
  isBundled: z.boolean(),
  /** A plain sentence the user must see beside the name, such as "random weights sample". */
  label: z.string().nullable(),
  /** The first one is offered at once; a user's own model has none. */
  examples: z.array(modelExampleSchema).default([]),
  /** Where it is loaded when nothing else is said. */
  placement: placementChoiceSchema.default({ device: 'auto', precision: 'f32' }),
})
export type ModelEntry = z.infer<typeof modelEntrySchema>

/** A model in the engine's memory, in the words the views show. */
export const loadedModelSchema = z.object({
  family: z.string(),
  device: deviceSchema,
  precision: precisionSchema,
  /** null where it stands on the device that was asked for. */
  fallback: deviceFallbackSchema.nullable(),
  /** Of the engine process while it loaded this model, at its highest: as estimated before, and as measured; null where the system cannot tell. */
  memory: z.object({ estimatedBytes: z.number().nonnegative(), measuredBytes: z.number().nonnegative().nullable() }),
  hiddenSize: z.int(),
  numHiddenLayers: z.int(),
  vocabSize: z.int(),
  maxPositionEmbeddings: z.int(),
  parameterCount: z.int(),
  hasMemory: z.boolean(),
  /** 'memgen' is today's reference; 'latent-memory-model' its earlier version (no LayerNorm or scale, prompt latents always). */
  variant: z.enum(['memgen', 'latent-memory-model']).nullable(),
  promptLatentsLen: z.int(),
  inferenceLatentsLen: z.int(),
  maxInferenceAugNum: z.int(),
  triggerActive: z.boolean(),
  /** Separate copies of base weights in memory: 1 when all roles share one base. */
  baseCopies: z.int(),
  delimiters: z.array(z.string()),
  gates: z.array(candidateGateSchema),
  /** L2 norms over the reasoner's embedding table: quantiles 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1. */
  vocabularyNormQuantiles: z.array(z.number()).length(7),
  /** Things about this model a careful user should know, one sentence each. */
  warnings: z.array(z.string()),
})
export type LoadedModel = z.infer<typeof loadedModelSchema>

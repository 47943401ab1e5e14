/** @file The entrance of the checkpoint room: readers and writers of model files. Runs no model. */
export { CheckpointFormatError } from './errors.ts'
export { readSafetensorsHeader, readTensor, safetensorsLimits } from './safetensors.ts'
export type { SafetensorsHeader, TensorEntry, TensorLocation } from './safetensors.ts'
export { writeSafetensors } from './safetensors-writer.ts'
export { openWeights } from './weight-index.ts'
export type { WeightFile, WeightIndex } from './weight-index.ts'
export { contextLength, expectedTensors, layerLinearShapes, modelTypes } from './decoder-config.ts'
export type { DecoderConfig, ModelType, RopeScaling } from './decoder-config.ts'
export { decoderConfigFromJson, readDecoderConfig } from './model-config-reader.ts'
export { samplesTheTail } from './generation-config.ts'
export type { GenerationConfig } from './generation-config.ts'
export { compareWeights, openBaseModel, readBaseModel, verifyWeights } from './base-model.ts'
export type { BaseModel, WeightComparison } from './base-model.ts'
export { readTorchArchive, torchArchiveLimits } from './torch-archive.ts'
export { writeTorchArchive } from './torch-archive-writer.ts'
export type { ModuleState, TorchState } from './torch-archive-writer.ts'
export { readAdapter, verifyAdapter } from './adapter.ts'
export type { LoraAdapter, LoraModule } from './adapter.ts'
export { writeAdapter } from './adapter-writer.ts'
export { readMemGenCheckpoint } from './memgen-checkpoint-reader.ts'
export { verifyMemGenCheckpoint } from './memgen-checkpoint.ts'
export type {
  EmbeddedBases,
  LatentNorm,
  LinearTensors,
  MemGenBases,
  MemGenCheckpoint,
  MemGenVariant,
  Projections,
  TriggerPart,
  WeaverPart,
} from './memgen-checkpoint.ts'
export { writeMemGenCheckpoint } from './memgen-checkpoint-writer.ts'
export type { MemGenWriteOptions } from './memgen-checkpoint-writer.ts'
export { inspectCheckpoint } from './health.ts'
export type { InspectOptions } from './health.ts'
export { findNonFinitePlace } from './non-finite-place.ts'
export { isSameBase } from './same-base.ts'
export { ENGINE_BYTES, estimateMemory, packedFileBytes, packsDirectly, tokenizerFileBytes, unpackedBytes } from './memory-estimate.ts'
export type { EstimateOptions, MeasuredBase } from './memory-estimate.ts'
export { ownTensors } from './memgen-health.ts'
export { writeFileAtomically } from './atomic-file.ts'
export { quantiles, shownQuantiles } from './tensor-statistics.ts'
export { findDifference, readRowNorms } from './weight-scan.ts'
export type { ScanOptions, ScanProgress } from './weight-scan.ts'

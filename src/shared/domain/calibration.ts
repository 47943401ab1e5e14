/** @file How fast a device computes a model of some shape, measured once and remembered. It does not know how it is measured. */
import { z } from 'zod'
import { deviceFallbackSchema, placementSchema } from './model.ts'

/** Speeds of a whole forward pass, extrapolated from a few layers where the measurement had to be short. */
export const deviceSpeedSchema = placementSchema.extend({
  /** Tokens a second, one row. */
  decodeTokensPerSecond: z.number().positive(),
  /** Tokens a second over eight rows together. */
  batchTokensPerSecond: z.number().positive(),
  /** Prompt tokens a second. */
  prefillTokensPerSecond: z.number().positive(),
  /** How long the measurement took, milliseconds. */
  elapsedMs: z.number().nonnegative(),
  /** Unix milliseconds, UTC. */
  measuredAt: z.int(),
})
export type DeviceSpeed = z.infer<typeof deviceSpeedSchema>

/** What is known of the devices of this machine for models of one shape and precision. */
export const calibrationSchema = z.object({
  /** Names the shape, such as `qwen2 896x24 vocab 151936`. */
  shape: z.string(),
  /** Those that computed, fastest first by decoding one row. */
  speeds: z.array(deviceSpeedSchema),
  /** Those that could not be used, with their reasons. */
  unavailable: z.array(deviceFallbackSchema),
})
export type Calibration = z.infer<typeof calibrationSchema>

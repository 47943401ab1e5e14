/** @file Which failures are a device's, so that another may do better, and what is told of them. It does not know what is done then. */
import type { EngineFailure } from '../engine/protocol.ts'
import { EngineCallError, EngineLostError } from '../engine-host/index.ts'

/** Bytes of a gigabyte, as memory is sold and as the views show it. */
const GIGABYTE = 1e9

/**
 * Why a model cannot be loaded on a device, for the user; null where the CPU would fail as well. A failure without a code counts: drivers
 * fail in ways that nobody declared, and what is our own fault fails on the CPU again.
 */
export function reasonToFallBack(error: unknown): string | null {
  if (error instanceof EngineLostError) return error.message
  if (!(error instanceof EngineCallError)) return null
  const { failure } = error
  switch (failure.code) {
    case 'DEVICE_UNAVAILABLE':
      return failure.reason
    case 'MEMORY_INSUFFICIENT':
      return describeShortage(failure)
    case null:
    case 'ROLLOUT_FAILED':
      return failure.message
    case 'CHECKPOINT_INVALID':
    case 'PROMPT_REJECTED':
      return null
    default:
      return failure satisfies never
  }
}

/** Whether a call failed because its device computes no more: the same work can be done on another. */
export function isDeviceLoss(error: unknown): boolean {
  return error instanceof EngineCallError && error.failure.code === 'DEVICE_UNAVAILABLE'
}

/** The numbers of a refusal, as a sentence. */
export function describeShortage({ neededBytes, availableBytes }: Pick<Extract<EngineFailure, { code: 'MEMORY_INSUFFICIENT' }>, 'neededBytes' | 'availableBytes'>): string {
  return `It would take ${formatGigabytes(neededBytes)} of memory, and ${formatGigabytes(availableBytes)} are free.`
}

function formatGigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(bytes < GIGABYTE ? 2 : 1)} GB`
}

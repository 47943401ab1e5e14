/** @file Why something is computed on the CPU, as a line for stderr. It does not know what is computed. */
import type { DeviceFallback } from '../../shared/domain/model.ts'
import { showControls } from './shell.ts'

export function fallbackNotice({ device, reason }: DeviceFallback): string {
  return `memgen: computed on the CPU, since ${device} cannot be used: ${showControls(reason)}\n`
}

/** @file Whether a process of this machine lives. It does not know what the process is. */
import { hasCode } from '../../shared/error-code.ts'

/** Also where the process is another user’s. */
export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // Another user's process may not be signalled, but it lives.
    return hasCode(error, 'EPERM')
  }
}

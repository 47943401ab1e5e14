/** @file Findings of the gates in words. It does not know where they stand. */
import type { GateFinding } from '../../../../shared/domain/analysis.ts'

/** "merged token", "inside a number"; empty where it is no trap. */
export function trapWords(trap: GateFinding['trap']): string {
  switch (trap) {
    case 'merged':
      return 'merged token'
    case 'decimal':
      return 'inside a number'
    case 'incomplete-character':
      return 'inside a character'
    case null:
      return ''
    default:
      return trap satisfies never
  }
}

export const gateWords = (isCandidate: boolean): string => (isCandidate ? '● candidate' : '○ no')

/** @file The memory policies in one line each (docs/DESIGN.md 4.8), and how one is chosen. */
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'

export const policyLines: Readonly<Record<MemoryPolicy['kind'], { title: string; line: string }>> = {
  vanilla: { title: 'Vanilla', line: 'Never inserts: the frozen reasoner alone, as a baseline.' },
  'prompt-only': { title: 'Prompt only', line: 'Inserts once, right after the prompt, and never again.' },
  trigger: { title: 'Trigger', line: 'Asks the checkpoint’s trigger after the prompt and at every candidate.' },
  always: { title: 'Always', line: 'Inserts wherever the trigger would be asked, up to the limit.' },
  random: { title: 'Random', line: 'Inserts with this probability wherever the trigger would be asked.' },
  schedule: { title: 'Schedule', line: 'Inserts before these steps, candidate or not, and ignores the limit.' },
  candidates: { title: 'Candidates', line: 'Inserts at these candidates, 0 being the end of the prompt, and ignores the limit.' },
}

/** A policy of this kind with the parameters a first look wants. */
export function defaultPolicy(kind: MemoryPolicy['kind']): MemoryPolicy {
  switch (kind) {
    case 'random':
      return { kind, probability: 0.5 }
    case 'schedule':
      return { kind, steps: [0] }
    case 'candidates':
      return { kind, ordinals: [0] }
    default:
      return { kind }
  }
}

/** "0, 12 40" as rising step indices without repetition; null when anything else is in it. */
export function parseSteps(text: string): number[] | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  if (!words.every((word) => /^\d{1,9}$/.test(word))) return null
  return [...new Set(words.map(Number))].sort((a, b) => a - b)
}

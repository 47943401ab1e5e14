/** @file What a breakpoint does, in words. It does not know how they are laid out. */
import { escapedText } from '../../../components/visible-text.ts'
import type { Breakpoint, BreakpointCondition } from '../../../../../shared/domain/breakpoint.ts'

export type BreakpointKind = BreakpointCondition['kind']

/** In the order of the form's choice. */
export const kindWords: Readonly<Record<BreakpointKind, { title: string; line: string }>> = {
  insertion: { title: 'Insertion', line: 'Where latents are inserted before the token.' },
  decision: { title: 'Decision', line: 'Where the trigger or the policy is asked, whatever it answers.' },
  candidate: { title: 'Candidate', line: 'Where the gate lets the trigger be asked.' },
  token: { title: 'Token', line: 'Where this token is generated, by its id.' },
  text: { title: 'Text', line: 'Where the generated text comes to end with this, across tokens.' },
  position: { title: 'Position', line: 'At this step, whatever happens there.' },
  'twin-differs': { title: 'Twin differs', line: 'Where the same draw gives another token without memory. The vanilla twin runs alongside.' },
  always: { title: 'Expression', line: 'Wherever an expression over the step holds.' },
}

/** "Token "\n"", "Step 12", "Insertion". The text is escaped: it holds no character that hides. */
export function conditionWords(condition: BreakpointCondition): string {
  switch (condition.kind) {
    case 'token':
      return `Token ${escapedText(condition.text)} (${condition.tokenId})`
    case 'text':
      return `Text ${escapedText(condition.text)}`
    case 'position':
      return `Step ${condition.stepIndex}`
    case 'candidate':
    case 'decision':
    case 'insertion':
    case 'twin-differs':
    case 'always':
      return kindWords[condition.kind].title
    default:
      return condition satisfies never
  }
}

/** What else is asked of it: "from hit 3 on", "once". */
export function optionWords({ hitCount, isOneShot, log }: Breakpoint): string[] {
  return [...(hitCount > 1 ? [`from hit ${hitCount} on`] : []), ...(isOneShot && log === null ? ['once'] : [])]
}

/** "never hit", "1 hit", "12 hits". */
export function hitWords(count: number): string {
  return count === 0 ? 'not hit' : count === 1 ? '1 hit' : `${count.toLocaleString('en')} hits`
}

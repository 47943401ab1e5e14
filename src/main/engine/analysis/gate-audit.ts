/** @file Where the two delimiter gates look, and where text and tokens part ways (docs/REFERENCE.md 2.1). It asks no trigger. */
import type { GateFinding } from '../../../shared/domain/analysis.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { StreamedText } from '../tokenization/streamed-text.ts'

/** Characters shown before a position, and of what follows it. */
const CONTEXT_LENGTH = 24
const FOLLOWING_LENGTH = 8
/** Prompt tokens decoded for the first contexts; the gates themselves are given everything. */
const PROMPT_TAIL = 32
/** What a tokenizer writes for bytes that are no whole character. */
const REPLACEMENT_CHARACTER = '\ufffd'

type Trap = GateFinding['trap']

/** Every position that a gate calls a candidate; position i is the one before generated token i. */
export function auditGates(
  model: Pick<MemGenModel, 'gate' | 'tokenizer' | 'delimiters'>,
  { promptIds, tokenIds }: { readonly promptIds: readonly number[]; readonly tokenIds: readonly number[] },
): GateFinding[] {
  const { tokenizer, delimiters } = model
  const [textGate, tokenIdGate] = [model.gate('text'), model.gate('token-id')]
  const streamed = new StreamedText(tokenizer)
  let context = ''
  for (const id of promptIds.slice(-PROMPT_TAIL)) context += streamed.push(id)
  const ids = [...promptIds]
  const findings: GateFinding[] = []
  for (const [stepIndex, nextId] of tokenIds.entries()) {
    const tokenId = ids.at(-1)
    const [inText, inIds] = [textGate(ids).candidate, tokenIdGate(ids).candidate]
    const following = streamed.push(nextId)
    if (tokenId !== undefined && (inText || inIds)) {
      const tokenText = tokenizer.tokenText(tokenId)
      findings.push({
        stepIndex,
        tokenId,
        tokenText,
        context: context.slice(-CONTEXT_LENGTH),
        following: following.slice(0, FOLLOWING_LENGTH),
        textGate: inText,
        tokenIdGate: inIds,
        trap: findTrap({ tokenText, context, following }, delimiters),
      })
    }
    context = (context + following).slice(-CONTEXT_LENGTH)
    ids.push(nextId)
  }
  return findings
}

/** Why a delimiter here may be none, the worst reason first. */
function findTrap({ tokenText, context, following }: { tokenText: string; context: string; following: string }, delimiters: readonly string[]): Trap {
  // A delimiter spelled by several tokens: the last one alone is a few bytes of it.
  if (tokenText.includes(REPLACEMENT_CHARACTER)) return 'incomplete-character'
  const delimiter = delimiters.find((text) => context.endsWith(text))
  if (delimiter === undefined) return null
  const isInNumber = (delimiter === '.' || delimiter === ',') && /\d$/.test(context.slice(0, -delimiter.length)) && /^\d/.test(following)
  if (isInNumber) return 'decimal'
  return tokenText.endsWith(delimiter) && tokenText !== delimiter ? 'merged' : null
}

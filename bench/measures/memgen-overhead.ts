/**
 * @file What latent memory costs a whole generation on one shared base: 256 tokens after a prompt of 64, batch 1, float32, with the trained
 * trigger asked at every candidate until memory has been inserted five times, over the same tokens of plain decoding.
 *
 * Everything of both generations counts, the roles' first reading of the prompt too; the prompt's own insertion is asked for and declined,
 * so that there are five. All generations are open at once and take turns every 16 steps, so that a drift of the machine meets them alike.
 * How many candidates a text has depends on the text: one every twelve tokens is the number judged, fewer and more are shown beside.
 */
import type { MemGenModel } from '../../src/main/engine/memgen/memgen-model.ts'
import type { Rollout } from '../../src/main/engine/memgen/rollout.ts'
import { loadBenchModel, PROMPT_LENGTH } from '../bench-model.ts'
import { elapsedMsOf, forcedCandidates, openRollout } from '../timed-rollout.ts'
import { medianOf, type Measure } from './measure.ts'

const NEW_TOKENS = 256
const INSERTIONS = 5
const TURN_STEPS = 16
/** Each generation passes 256 steps, so a pass is a long repeat. */
const MOST_PASSES = 2
/** English prose has a comma, full stop or line break about every twelve tokens. */
const USUAL_CANDIDATES = 21
const CANDIDATES = [INSERTIONS, USUAL_CANDIDATES, 64, 128] as const

interface Generation {
  readonly candidates: number | null
  readonly rollout: Rollout
  elapsedMs: number
  insertions: number
}

export const measureMemgenOverhead: Measure = async (options) => {
  const model = await loadBenchModel(options)
  const passes: Generation[][] = []
  for (let pass = 0; pass < Math.min(options.repeats, MOST_PASSES); pass++) {
    options.say(`pass ${pass + 1}`)
    passes.push(await onePass(model))
  }
  await model.release()
  const msPerToken = (candidates: number | null): number =>
    medianOf(passes, (generations) => (generations.find((generation) => generation.candidates === candidates)?.elapsedMs ?? Number.NaN) / NEW_TOKENS)
  const overPlain = (candidates: number): number => msPerToken(candidates) / msPerToken(null)
  const byCandidates = Object.fromEntries(CANDIDATES.map((candidates) => [`${candidates}`, overPlain(candidates)]))
  return {
    rows: [
      {
        key: 'memgen_over_plain',
        title: `${INSERTIONS} insertions in ${NEW_TOKENS} tokens`,
        measured: `${msPerToken(USUAL_CANDIDATES).toFixed(1)} ms a token, ${USUAL_CANDIDATES} candidates`,
        against: `${msPerToken(null).toFixed(1)} ms plain`,
        ratio: overPlain(USUAL_CANDIDATES),
        aim: { atMost: 1.15 },
        note: CANDIDATES.filter((candidates) => candidates !== USUAL_CANDIDATES).map((candidates) => `${candidates} candidates ${overPlain(candidates).toFixed(2)}`).join(', '),
      },
    ],
    raw: {
      prompt_tokens: PROMPT_LENGTH,
      over_plain_by_candidates: byCandidates,
      passes: passes.map((generations) => generations.map(({ candidates, elapsedMs, insertions }) => ({ candidates, insertions, ms_per_token: elapsedMs / NEW_TOKENS }))),
    },
  }
}

async function onePass(model: MemGenModel): Promise<Generation[]> {
  const generations = [null, ...CANDIDATES].map((candidates) => openGeneration(model, candidates))
  for (let step = 0; step < NEW_TOKENS; step += TURN_STEPS) {
    for (const generation of generations) {
      generation.elapsedMs += await elapsedMsOf(async () => {
        for (let turn = 0; turn < TURN_STEPS; turn++) for (const { weave } of await generation.rollout.step()) if (weave !== null) generation.insertions++
      })
    }
  }
  for (const { candidates, insertions, rollout } of generations) {
    rollout.dispose()
    if (insertions !== (candidates === null ? 0 : INSERTIONS)) throw new Error(`internal: the benchmark expected ${INSERTIONS} insertions, found ${insertions}`)
  }
  return generations
}

/** @param candidates null for plain decoding */
function openGeneration(model: MemGenModel, candidates: number | null): Generation {
  const changes = forcedCandidates(model, { newTokens: NEW_TOKENS, count: candidates ?? USUAL_CANDIDATES, insertions: INSERTIONS, insertsAtPrompt: false })
  // Plain decoding reads the same tokens.
  const given = candidates === null ? changes.filter(({ change }) => change.kind === 'tokens') : changes
  const policy = candidates === null ? ({ kind: 'vanilla' } as const) : ({ kind: 'trigger' } as const)
  const rollout = openRollout(model, { policy, batch: 1, promptLength: PROMPT_LENGTH, maxNewTokens: NEW_TOKENS, changes: given })
  return { candidates, rollout, elapsedMs: 0, insertions: 0 }
}

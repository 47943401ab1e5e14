/** @file Every migration by name, in order. Names are recorded in the database, so they never change. */
import type { Migration } from 'kysely'
import { traces } from './0001-traces.ts'
import { training } from './0002-training.ts'
import { weaveIntervention } from './0003-weave-intervention.ts'
import { branches } from './0004-branches.ts'
import { evaluations } from './0005-evaluations.ts'
import { importedCurves } from './0006-imported-curves.ts'
import { placements } from './0007-placements.ts'
import { donors } from './0008-donors.ts'
import { trainingTrash } from './0009-training-trash.ts'

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-traces': traces,
  '0002-training': training,
  '0003-weave-intervention': weaveIntervention,
  '0004-branches': branches,
  '0005-evaluations': evaluations,
  '0006-imported-curves': importedCurves,
  '0007-placements': placements,
  '0008-donors': donors,
  '0009-training-trash': trainingTrash,
}

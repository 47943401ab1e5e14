/** @file What was done to the latents of a weave. Never changed once released; a later migration follows. */
import type { Kysely, Migration } from 'kysely'

export const weaveIntervention: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('weave').addColumn('intervention', 'text').execute()
  },
}

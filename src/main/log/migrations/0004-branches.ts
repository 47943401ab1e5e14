/** @file Branches, certificates, the vanilla twin, kept prompts and sweeps. Never changed once released; a later migration follows. */
import { type Kysely, type Migration, sql } from 'kysely'

export const branches: Migration = {
  async up(db: Kysely<unknown>) {
    // SQLite adds one column a statement.
    await db.schema.alterTable('trace').addColumn('parent_trace_id', 'text', (column) => column.references('trace.id')).execute()
    await db.schema.alterTable('trace').addColumn('parent_step_index', 'integer').execute()
    await db.schema.alterTable('trace').addColumn('changes', 'text', (column) => column.notNull().defaultTo('[]')).execute()
    await db.schema.alterTable('trace').addColumn('certificate_count', 'integer', (column) => column.notNull().defaultTo(0)).execute()
    await db.schema.createIndex('trace_by_parent').on('trace').column('parent_trace_id').execute()

    await db.schema.alterTable('step').addColumn('twin_token_id', 'integer').execute()
    await db.schema.alterTable('step').addColumn('twin_text', 'text').execute()
    await db.schema.alterTable('step').addColumn('twin_logprob', 'double precision').execute()
    await db.schema.alterTable('step').addColumn('twin_kl', 'double precision').execute()
    // Holds all that an overview reads of a weave: in the table these columns lie behind megabytes of latents.
    await db.schema.createIndex('weave_overview').on('weave').columns(['trace_id', 'step_index', 'id', 'kind', 'context_length', 'norms', 'intervention']).execute()

    await db.schema
      .createTable('certificate')
      .addColumn('trace_id', 'text', (column) => column.notNull().references('trace.id'))
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull().check(sql`verdict in ('exact', 'same-tokens', 'differs')`))
      .addColumn('compared_steps', 'integer', (column) => column.notNull())
      .addColumn('different_step_index', 'integer')
      .addColumn('different_what', 'text', (column) => column.check(sql`different_what in ('token', 'decision', 'length')`))
      .addColumn('different_top_gap', 'double precision')
      .addColumn('largest_logprob_difference', 'double precision', (column) => column.notNull())
      .addColumn('largest_trigger_logit_difference', 'double precision', (column) => column.notNull())
      .addColumn('largest_latent_difference', 'double precision', (column) => column.notNull())
      .addColumn('device', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('certificate_key', ['trace_id', 'number'])
      .execute()

    await db.schema
      .createTable('saved_prompt')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('messages', 'text')`))
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('messages', 'text')
      .addColumn('reference', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('trashed_at', 'bigint')
      .execute()

    await db.schema
      .createTable('sweep')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('model_name', 'text', (column) => column.notNull())
      .addColumn('request', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('running', 'paused', 'finished', 'failed')`))
      .addColumn('error', 'text')
      .addColumn('candidate_count', 'integer', (column) => column.notNull())
      .addColumn('candidate_labels', 'text', (column) => column.notNull())
      .addColumn('total', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('sweep_by_time').on('sweep').columns(['created_at', 'id']).execute()

    await db.schema
      .createTable('sweep_outcome')
      .addColumn('sweep_id', 'text', (column) => column.notNull().references('sweep.id'))
      .addColumn('candidates', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('token_count', 'integer', (column) => column.notNull())
      .addColumn('insertion_count', 'integer', (column) => column.notNull())
      .addColumn('candidate_count', 'integer', (column) => column.notNull())
      .addColumn('finish', 'text', (column) => column.notNull().check(sql`finish in ('eos', 'length', 'stopped', 'error')`))
      .addColumn('error', 'text')
      .addColumn('score', 'double precision')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('sweep_outcome_key', ['sweep_id', 'candidates'])
      .execute()
  },
}

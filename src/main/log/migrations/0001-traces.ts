/** @file The first schema: models, runs, traces and their prompts, steps and weaves. Never changed once released; a later migration follows. */
import { type Kysely, type Migration, sql } from 'kysely'

export const traces: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('model')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('reasoner_dir', 'text', (column) => column.notNull())
      .addColumn('weaver_dir', 'text')
      .addColumn('trigger_dir', 'text')
      .addColumn('checkpoint_dir', 'text')
      .addColumn('label', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('trashed_at', 'bigint')
      .execute()

    await db.schema
      .createTable('run')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      // No foreign key: bundled models are not in the model table.
      .addColumn('model_id', 'text', (column) => column.notNull())
      .addColumn('model_name', 'text', (column) => column.notNull())
      .addColumn('config', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('run_by_model').on('run').column('model_id').execute()

    await db.schema
      .createTable('trace')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('run_id', 'text', (column) => column.notNull().references('run.id'))
      .addColumn('finish', 'text', (column) => column.check(sql`finish in ('eos', 'length', 'stopped', 'error')`))
      .addColumn('error', 'text')
      .addColumn('step_count', 'integer', (column) => column.notNull())
      .addColumn('weave_count', 'integer', (column) => column.notNull())
      .addColumn('generated_text', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('trace_by_time').on('trace').columns(['created_at', 'id']).execute()
    await db.schema.createIndex('trace_by_run').on('trace').column('run_id').execute()

    // Apart from `trace`, whose row is rewritten at every step: a long prompt would be rewritten with it.
    await db.schema
      .createTable('prompt')
      .addColumn('trace_id', 'text', (column) => column.primaryKey().notNull().references('trace.id'))
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('messages', 'text')`))
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('messages', 'text')
      .addColumn('rendered_prompt', 'text', (column) => column.notNull())
      .addColumn('tokens', 'text', (column) => column.notNull())
      .execute()

    await db.schema
      .createTable('weave')
      .addColumn('trace_id', 'text', (column) => column.notNull().references('trace.id'))
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('step_index', 'integer', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('prompt', 'inference')`))
      .addColumn('context_length', 'integer', (column) => column.notNull())
      .addColumn('latents_rows', 'integer', (column) => column.notNull())
      .addColumn('latents_columns', 'integer', (column) => column.notNull())
      .addColumn('latents', sql`blob`, (column) => column.notNull())
      .addColumn('latents_before_projection_rows', 'integer', (column) => column.notNull())
      .addColumn('latents_before_projection_columns', 'integer', (column) => column.notNull())
      .addColumn('latents_before_projection', sql`blob`, (column) => column.notNull())
      .addColumn('norms', 'text', (column) => column.notNull())
      .addColumn('norms_before_projection', 'text', (column) => column.notNull())
      .addColumn('nearest', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('weave_key', ['trace_id', 'id'])
      .addUniqueConstraint('weave_by_step', ['trace_id', 'step_index'])
      .execute()

    await db.schema
      .createTable('step')
      .addColumn('trace_id', 'text', (column) => column.notNull().references('trace.id'))
      .addColumn('step_index', 'integer', (column) => column.notNull())
      .addColumn('token_id', 'integer', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('logprob', 'double precision', (column) => column.notNull())
      .addColumn('entropy', 'double precision', (column) => column.notNull())
      .addColumn('top_k', 'text', (column) => column.notNull())
      .addColumn('candidate', 'integer', (column) => column.notNull().check(sql`candidate in (0, 1)`))
      .addColumn('gate_reason', 'text')
      .addColumn('trigger_logit_skip', 'double precision')
      .addColumn('trigger_logit_insert', 'double precision')
      .addColumn('p_invoke', 'double precision')
      .addColumn('decision', 'integer', (column) => column.notNull().check(sql`decision in (-100, 0, 1)`))
      .addColumn('decision_source', 'text', (column) => column.check(sql`decision_source in ('model', 'constant', 'policy', 'forced')`))
      .addColumn('augmentation_count', 'integer', (column) => column.notNull())
      .addColumn('weave_id', 'text')
      .addColumn('random_state', 'text', (column) => column.notNull())
      .addColumn('decide_ms', 'double precision', (column) => column.notNull())
      .addColumn('weave_ms', 'double precision', (column) => column.notNull())
      .addColumn('decode_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('step_key', ['trace_id', 'step_index'])
      .addForeignKeyConstraint('step_weave', ['trace_id', 'weave_id'], 'weave', ['trace_id', 'id'])
      .execute()
  },
}

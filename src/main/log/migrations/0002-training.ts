/** @file Training runs, their attempts, steps, evaluations, samples and checkpoints. Never changed once released; a later migration follows. */
import { type CreateTableBuilder, type Kysely, type Migration, sql } from 'kysely'

export const training: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('training_run')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('config', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('queued', 'running', 'paused', 'stopped', 'interrupted', 'finished', 'failed')`))
      .addColumn('message', 'text')
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('process_id', 'integer')
      .addColumn('step', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('training_run_by_time').on('training_run').columns(['created_at', 'id']).execute()

    await db.schema
      .createTable('training_attempt')
      .addColumn('run_id', 'text', (column) => column.notNull().references('training_run.id'))
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('from_step', 'integer')
      .addColumn('total_steps', 'integer')
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('parameters', 'text')
      .addColumn('warnings', 'text', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addPrimaryKeyConstraint('training_attempt_key', ['run_id', 'attempt'])
      .execute()

    await ofAttempt(db.schema.createTable('training_step'))
      .addColumn('epoch', 'double precision', (column) => column.notNull())
      .addColumn('loss', 'double precision', (column) => column.notNull())
      .addColumn('learning_rate', 'double precision', (column) => column.notNull())
      .addColumn('gradient_norm', 'double precision', (column) => column.notNull())
      .addColumn('tokens_per_second', 'double precision', (column) => column.notNull())
      .addColumn('supervised_tokens', 'integer', (column) => column.notNull())
      .addColumn('elapsed_ms', 'double precision', (column) => column.notNull())
      .addColumn('reward_mean', 'double precision')
      .addColumn('reward_std', 'double precision')
      .addColumn('advantage_spread', 'double precision')
      .addColumn('kl', 'double precision')
      .addColumn('clip_ratio_low', 'double precision')
      .addColumn('clip_ratio_high', 'double precision')
      .addColumn('clip_ratio_region', 'double precision')
      .addColumn('insertions_per_completion', 'double precision')
      .addColumn('completion_length', 'double precision')
      .addColumn('reward_failures', 'integer')
      .addPrimaryKeyConstraint('training_step_key', ['run_id', 'attempt', 'step'])
      .execute()

    await ofAttempt(db.schema.createTable('training_evaluation'))
      .addColumn('epoch', 'double precision', (column) => column.notNull())
      .addColumn('loss', 'double precision')
      .addColumn('reward_mean', 'double precision')
      .addColumn('sample_count', 'integer', (column) => column.notNull())
      .addColumn('is_best', 'integer', (column) => column.notNull().check(sql`is_best in (0, 1)`))
      .addColumn('elapsed_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_evaluation_key', ['run_id', 'attempt', 'step'])
      .execute()

    await ofAttempt(db.schema.createTable('training_sample'))
      // Within its step: a prompt can have several completions.
      .addColumn('sample_index', 'integer', (column) => column.notNull())
      .addColumn('sample_id', 'text', (column) => column.notNull())
      .addColumn('prompt', 'text', (column) => column.notNull())
      .addColumn('completion', 'text', (column) => column.notNull())
      .addColumn('reward', 'double precision')
      .addColumn('reward_error', 'text')
      .addColumn('insertions', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_sample_key', ['run_id', 'attempt', 'step', 'sample_index'])
      .execute()

    await ofAttempt(db.schema.createTable('training_checkpoint'))
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('is_best', 'integer', (column) => column.notNull().check(sql`is_best in (0, 1)`))
      .addColumn('saved_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_checkpoint_key', ['run_id', 'attempt', 'step', 'path'])
      .execute()
  },
}

/** What happened at a step of an attempt. */
function ofAttempt<Name extends string>(table: CreateTableBuilder<Name>) {
  return table
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('step', 'integer', (column) => column.notNull())
    .addForeignKeyConstraint('of_attempt', ['run_id', 'attempt'], 'training_attempt', ['run_id', 'attempt'])
}

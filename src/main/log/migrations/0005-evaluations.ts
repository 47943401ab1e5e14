/** @file Experiments, evaluation runs, datasets, results and what people say about them. Never changed once released; a later migration follows. */
import { type CreateTableBuilder, type Kysely, type Migration, sql } from 'kysely'

export const evaluations: Migration = {
  async up(db: Kysely<unknown>) {
    await createRuns(db)
    await createDatasets(db)
    await createResults(db)
    await createHistory(db)
    await createKept(db)
    await addOrigin(db)
  },
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('request', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('experiment_by_time').on('experiment').columns(['created_at', 'id']).execute()

  await db.schema
    .createTable('evaluation_run')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('experiment_id', 'text', (column) => column.notNull().references('experiment.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('model_id', 'text', (column) => column.notNull())
    .addColumn('model_name', 'text', (column) => column.notNull())
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('split', 'text', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('seed', 'bigint', (column) => column.notNull())
    .addColumn('repeats', 'integer', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('queued', 'running', 'paused', 'cancelled', 'finished', 'failed')`))
    .addColumn('error', 'text')
    .addColumn('process_id', 'integer')
    .addColumn('dataset_id', 'text')
    .addColumn('imported_from', 'text')
    .addColumn('total', 'integer', (column) => column.notNull())
    .addColumn('done', 'integer', (column) => column.notNull())
    .addColumn('judged', 'integer', (column) => column.notNull())
    .addColumn('correct', 'integer', (column) => column.notNull())
    .addColumn('reward_sum', 'double precision', (column) => column.notNull())
    .addColumn('failed', 'integer', (column) => column.notNull())
    .addColumn('tokens', 'bigint', (column) => column.notNull())
    .addColumn('prompt_insertions', 'bigint', (column) => column.notNull())
    .addColumn('inference_insertions', 'bigint', (column) => column.notNull())
    .addColumn('elapsed_ms', 'double precision', (column) => column.notNull())
    .addColumn('accuracy_low', 'double precision')
    .addColumn('accuracy_high', 'double precision')
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('is_starred', 'integer', (column) => column.notNull().check(sql`is_starred in (0, 1)`))
    .addColumn('trashed_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('evaluation_run_by_time').on('evaluation_run').columns(['created_at', 'id']).execute()
  await db.schema.createIndex('evaluation_run_by_experiment').on('evaluation_run').column('experiment_id').execute()

  // Apart from the run: megabytes over a thousand runs, which no list shows.
  await db.schema
    .createTable('evaluation_provenance')
    .addColumn('run_id', 'text', (column) => column.primaryKey().notNull().references('evaluation_run.id'))
    .addColumn('provenance', 'text', (column) => column.notNull())
    .execute()

  await db.schema
    .createTable('evaluation_tag')
    .addColumn('run_id', 'text', (column) => column.notNull().references('evaluation_run.id'))
    .addColumn('tag', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluation_tag_key', ['run_id', 'tag'])
    .execute()
  await db.schema.createIndex('evaluation_tag_by_tag').on('evaluation_tag').columns(['tag', 'run_id']).execute()
}

async function createDatasets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('dataset')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('files', 'text', (column) => column.notNull())
    .addColumn('problem_count', 'integer', (column) => column.notNull())
    .addColumn('problems', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()

  await db.schema
    .createTable('dataset_sample')
    .addColumn('dataset_id', 'text', (column) => column.notNull().references('dataset.id'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('sample_id', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('domain', 'text')
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('messages', 'text')`))
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('messages', 'text')
    .addColumn('solution', 'text')
    .addColumn('answers', 'text', (column) => column.notNull())
    .addColumn('extra', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('dataset_sample_key', ['dataset_id', 'position'])
    .addUniqueConstraint('dataset_sample_by_id', ['dataset_id', 'sample_id'])
    .execute()
}

async function createResults(db: Kysely<unknown>): Promise<void> {
  // Narrow, so that statistics over a million of them read no text.
  await ofResult(db.schema.createTable('evaluation_result'))
    .addColumn('sample_id', 'text', (column) => column.notNull())
    .addColumn('domain', 'text')
    .addColumn('reward', 'double precision')
    .addColumn('scoring_number', 'integer', (column) => column.notNull())
    .addColumn('is_audited', 'integer', (column) => column.notNull().check(sql`is_audited in (0, 1)`))
    .addColumn('human_is_right', 'integer', (column) => column.check(sql`human_is_right in (0, 1)`))
    .addColumn('failure_mode', 'text')
    .addColumn('turn_count', 'integer', (column) => column.notNull())
    .addColumn('token_count', 'integer', (column) => column.notNull())
    .addColumn('prompt_insertions', 'integer', (column) => column.notNull())
    .addColumn('inference_insertions', 'integer', (column) => column.notNull())
    .addColumn('finish', 'text', (column) => column.notNull().check(sql`finish in ('eos', 'length', 'stopped', 'error')`))
    .addColumn('error', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluation_result_key', ['run_id', 'position', 'repeat'])
    .addUniqueConstraint('evaluation_result_by_sample', ['run_id', 'sample_id', 'repeat'])
    .addForeignKeyConstraint('of_run', ['run_id'], 'evaluation_run', ['id'])
    .execute()
  // Holds all that accuracy by domain asks for, over every run.
  await db.schema.createIndex('evaluation_result_by_domain').on('evaluation_result').columns(['domain', 'run_id', 'reward']).execute()
  await db.schema.createIndex('evaluation_result_audited').on('evaluation_result').columns(['run_id', 'position', 'repeat']).where(sql`is_audited`, '=', 1).execute()

  await partOfResult(db.schema.createTable('evaluation_output'))
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('extracted', 'text')
    .addColumn('expected', 'text')
    .addColumn('judge_error', 'text')
    .addPrimaryKeyConstraint('evaluation_output_key', ['run_id', 'position', 'repeat'])
    .execute()

  await partOfResult(db.schema.createTable('evaluation_turn'))
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('prompt', 'text')
    .addColumn('text', 'text')
    .addColumn('observation', 'text')
    .addColumn('asked', 'text', (column) => column.notNull())
    .addColumn('record', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluation_turn_key', ['run_id', 'position', 'repeat', 'turn'])
    .execute()

  await partOfResult(db.schema.createTable('evaluation_latents'))
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('step_index', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('prompt', 'inference')`))
    .addColumn('latents_rows', 'integer', (column) => column.notNull())
    .addColumn('latents_columns', 'integer')
    .addColumn('latents_format', 'text', (column) => column.check(sql`latents_format in ('f16', 'f32')`))
    .addColumn('latents', 'blob')
    .addColumn('latents_before_projection_columns', 'integer')
    .addColumn('latents_before_projection', 'blob')
    .addPrimaryKeyConstraint('evaluation_latents_key', ['run_id', 'position', 'repeat', 'turn', 'step_index'])
    .execute()
}

async function createHistory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('evaluation_scoring')
    .addColumn('run_id', 'text', (column) => column.notNull().references('evaluation_run.id'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('scoring', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluation_scoring_key', ['run_id', 'number'])
    .execute()

  await partOfResult(db.schema.createTable('evaluation_former_judgement'))
    .addColumn('scoring_number', 'integer', (column) => column.notNull())
    .addColumn('reward', 'double precision')
    .addColumn('extracted', 'text')
    .addColumn('expected', 'text')
    .addColumn('judge_error', 'text')
    .addPrimaryKeyConstraint('evaluation_former_judgement_key', ['run_id', 'position', 'repeat', 'scoring_number'])
    .execute()

  await partOfResult(db.schema.createTable('evaluation_verdict'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('verdict', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('evaluation_verdict_key', ['run_id', 'position', 'repeat', 'number'])
    .execute()
}

async function createKept(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('run_view')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('view', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('trashed_at', 'bigint')
    .execute()

  await db.schema
    .createTable('cluster_set')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('centroids_rows', 'integer', (column) => column.notNull())
    .addColumn('centroids_columns', 'integer', (column) => column.notNull())
    .addColumn('centroids', 'blob', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
}

/** Traces that replay a result. */
async function addOrigin(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('trace').addColumn('origin_run_id', 'text', (column) => column.references('evaluation_run.id')).execute()
  await db.schema.alterTable('trace').addColumn('origin_sample_id', 'text').execute()
  await db.schema.alterTable('trace').addColumn('origin_repeat', 'integer').execute()
  await db.schema.alterTable('trace').addColumn('origin_turn', 'integer').execute()
  await db.schema.createIndex('trace_by_origin').on('trace').columns(['origin_run_id', 'origin_sample_id', 'origin_repeat', 'origin_turn']).execute()
}

/** What names a result. */
function ofResult<Name extends string>(table: CreateTableBuilder<Name>) {
  return table
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('repeat', 'integer', (column) => column.notNull())
}

function partOfResult<Name extends string>(table: CreateTableBuilder<Name>) {
  return ofResult(table).addForeignKeyConstraint('of_result', ['run_id', 'position', 'repeat'], 'evaluation_result', ['run_id', 'position', 'repeat'])
}

/** @file Everything that leaves the log as a file, and everything that enters it from one. It does not know RPC. */
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ComparedSample, ComparisonRequest } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { ExportRequest, ExportResult, ImportRequest, ImportResult } from '../../shared/domain/transfer.ts'
import { comparedSamples, compareRuns } from '../comparison/index.ts'
import { EvaluationNotFoundError, type ExperimentLog } from '../log/index.ts'
import { writeBundle } from './bundle/write-bundle.ts'
import { TransferError } from './errors.ts'
import { formatExtensions } from './format-extensions.ts'
import { importFile } from './imports/import-file.ts'
import { comparisonReport } from './report/comparison-report.ts'
import { runScalars } from './run-scalars.ts'
import type { Table } from './table.ts'
import { latentsTable } from './tables/latents-table.ts'
import { resultsTable, runsTable } from './tables/run-tables.ts'
import { recordedStepsTable, traceStepsTable } from './tables/step-tables.ts'
import { encodeEventFile } from './tensorboard-file.ts'
import { writeLatents } from './write-latents.ts'
import { writeTable, type TableFormat } from './write-table.ts'
import { writeWhole } from './write-whole.ts'

export interface TransferParts {
  readonly log: ExperimentLog
  /** Where files go that are given no place. */
  readonly exportsDir: string
  /** The workbench's own, for reports. */
  readonly version: string
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number
}

export class Transfer {
  readonly #log: ExperimentLog
  readonly #exportsDir: string
  readonly #version: string
  readonly #now: () => number

  constructor({ log, exportsDir, version, now = Date.now }: TransferParts) {
    this.#log = log
    this.#exportsDir = exportsDir
    this.#version = version
    this.#now = now
  }

  /** @throws TransferError, EvaluationNotFoundError or TraceNotFoundError; what the log throws, as it is */
  async export(request: ExportRequest, path: string | null = null): Promise<ExportResult> {
    const target = path ?? this.#nameFor(request)
    const rowCount = await this.#write(request, target)
    return { path: target, sizeBytes: (await stat(target)).size, rowCount }
  }

  /** @throws TransferError that names file, place and what is wrong; what the log throws, as it is */
  import(request: ImportRequest): Promise<ImportResult> {
    return importFile(request, this.#log)
  }

  #nameFor({ what, format }: ExportRequest): string {
    const at = new Date(this.#now()).toISOString().replaceAll(/[-:.Z]/g, '')
    return join(this.#exportsDir, `${what}-${at}${formatExtensions[format]}`)
  }

  async #write(request: ExportRequest, path: string): Promise<number> {
    const { evaluations } = this.#log
    switch (request.what) {
      case 'runs': {
        const runs = await this.#requireRuns(request.runIds)
        return request.format === 'tensorboard' ? this.#writeScalars(path, runs) : writeTable(path, tableFormat(path, request), runsTable(runs))
      }
      case 'results':
        return this.#writeTable(path, request, resultsTable(evaluations, request.runIds))
      case 'steps':
        return this.#writeTable(path, request, recordedStepsTable(evaluations, request.runIds))
      case 'latents': {
        if (request.format !== 'safetensors') return this.#writeTable(path, request, latentsTable(evaluations, request.runIds))
        await this.#requireRuns(request.runIds)
        return writeLatents(path, evaluations, request.runIds)
      }
      case 'traces':
        return writeTable(path, tableFormat(path, request), traceStepsTable(this.#log, request.traceIds))
      case 'report':
        return this.#writeReport(path, { runIds: withBaseline(request), baselineId: request.baselineId, ignore: [], usesHumanVerdicts: false })
      case 'bundle':
        return writeBundle(path, evaluations, await this.#requireRuns(request.runIds), this.#now())
      default:
        return request satisfies never
    }
  }

  async #writeTable(path: string, request: ExportRequest & { runIds: EvaluationRunId[] }, table: Table): Promise<number> {
    await this.#requireRuns(request.runIds)
    return writeTable(path, tableFormat(path, request), table)
  }

  /** A folder with one folder a run, as TensorBoard wants them. Of files in one folder it makes one run: none may be there. */
  async #writeScalars(path: string, runs: readonly EvaluationRun[]): Promise<number> {
    const folders = new Map(runs.map((run) => [join(path, scalarsFolder(run)), run]))
    for (const folder of folders.keys()) {
      if (existsSync(folder)) throw new TransferError(folder, null, 'it is there already. Write to another folder, or remove this one.')
    }
    let count = 0
    for (const [folder, run] of folders) {
      const scalars = await runScalars(this.#log.evaluations, run)
      const seconds = Math.floor(this.#now() / 1000)
      await writeWhole(join(folder, `events.out.tfevents.${seconds}.memgen`), (temporaryPath) => writeFile(temporaryPath, encodeEventFile(scalars, seconds)))
      count += scalars.length
    }
    return count
  }

  async #writeReport(path: string, request: ComparisonRequest): Promise<number> {
    await this.#requireRuns(request.runIds)
    const comparison = await compareRuns(this.#log.evaluations, request)
    const samples = await this.#everySample(request)
    const page = comparisonReport({ comparison, samples, createdAt: this.#now(), version: this.#version })
    await writeWhole(path, (temporaryPath) => writeFile(temporaryPath, page))
    return samples.length
  }

  async #everySample({ runIds, baselineId, usesHumanVerdicts }: ComparisonRequest): Promise<ComparedSample[]> {
    const samples: ComparedSample[] = []
    for (;;) {
      const page = await comparedSamples(this.#log.evaluations, { runIds, baselineId, usesHumanVerdicts, cell: null, cellRunId: null, onlyDifferent: false, search: '', offset: samples.length, limit: 1000 })
      samples.push(...page.samples)
      if (page.samples.length === 0 || samples.length >= page.total) return samples
    }
  }

  async #requireRuns(runIds: readonly EvaluationRunId[]): Promise<EvaluationRun[]> {
    const runs: EvaluationRun[] = []
    for (const runId of runIds) {
      const run = await this.#log.evaluations.getRun(runId)
      if (run === undefined) throw new EvaluationNotFoundError(runId)
      runs.push(run)
    }
    return runs
  }
}

/** A page without the baseline's own numbers and answers would compare with nothing. */
function withBaseline({ runIds, baselineId }: Pick<ComparisonRequest, 'runIds' | 'baselineId'>): EvaluationRunId[] {
  return runIds.includes(baselineId) ? runIds : [baselineId, ...runIds]
}

/** Ids are part of the names: runs of one experiment, or of one file, often share the rest. */
function scalarsFolder({ name, id }: EvaluationRun): string {
  return `${name}_${id}`.replaceAll(/[^\w.=+-]+/g, '_')
}

function tableFormat(path: string, { what, format }: ExportRequest): TableFormat {
  if (format === 'jsonl' || format === 'csv' || format === 'parquet') return format
  throw new TransferError(basename(path), 'format', `${what} can be written as jsonl, csv or parquet${what === 'runs' ? ', or tensorboard' : what === 'latents' ? ', or safetensors' : ''}, not as ${format}`)
}

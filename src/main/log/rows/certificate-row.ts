/** @file What a re-run of a trace showed as a row of the `certificate` table, both ways. Does not know queries. */
import { z } from 'zod'
import { type Certificate, certificateSchema } from '../../../shared/domain/certificate.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { CertificateTable } from '../schema.ts'
import { numberColumn, textColumn, toStoredReal, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

const difference = certificateSchema.shape.firstDifference.unwrap().shape

const certificateRowSchema = z
  .object({
    verdict: certificateSchema.shape.verdict,
    compared_steps: z.int().nonnegative(),
    different_step_index: z.int().nonnegative().nullable(),
    different_what: difference.what.nullable(),
    different_top_gap: numberColumn.nullable(),
    largest_logprob_difference: numberColumn,
    largest_trigger_logit_difference: numberColumn,
    largest_latent_difference: numberColumn,
    device: textColumn,
    created_at: z.int(),
  })
  .refine((row) => (row.different_step_index === null) === (row.different_what === null), {
    path: ['different_what'],
    message: 'it must be null exactly where different_step_index is',
  })

export function toCertificateRow(traceId: TraceId, number: number, certificate: Certificate): CertificateTable {
  const { firstDifference } = certificate
  return {
    trace_id: toStoredText(traceId),
    number,
    verdict: certificate.verdict,
    compared_steps: certificate.comparedSteps,
    different_step_index: firstDifference?.stepIndex ?? null,
    different_what: firstDifference?.what ?? null,
    different_top_gap: firstDifference === null || firstDifference.topGap === null ? null : toStoredReal(firstDifference.topGap),
    largest_logprob_difference: toStoredReal(certificate.largestLogprobDifference),
    largest_trigger_logit_difference: toStoredReal(certificate.largestTriggerLogitDifference),
    largest_latent_difference: toStoredReal(certificate.largestLatentDifference),
    device: toStoredText(certificate.device),
    created_at: certificate.createdAt,
  }
}

/** @throws {LogRowError} */
export function fromCertificateRow(path: string, row: Readonly<Record<keyof CertificateTable, unknown>>): Certificate {
  const stored = readRow({ path, table: 'certificate', id: `${String(row.trace_id)}/${String(row.number)}` }, certificateRowSchema, row)
  const { different_step_index: stepIndex, different_what: what } = stored
  return {
    verdict: stored.verdict,
    comparedSteps: stored.compared_steps,
    firstDifference: stepIndex === null || what === null ? null : { stepIndex, what, topGap: stored.different_top_gap },
    largestLogprobDifference: stored.largest_logprob_difference,
    largestTriggerLogitDifference: stored.largest_trigger_logit_difference,
    largestLatentDifference: stored.largest_latent_difference,
    device: stored.device,
    createdAt: stored.created_at,
  }
}

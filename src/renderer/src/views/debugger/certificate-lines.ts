/** @file What a re-run from the record showed, in words and numbers. */
import { formatNumber } from '../../charts/format.ts'
import type { Certificate } from '../../../../shared/domain/certificate.ts'

const titles: Readonly<Record<Certificate['verdict'], string>> = { exact: 'Replays exactly', 'same-tokens': 'Same tokens', differs: 'Differs' }

export function certificateTitle({ verdict, firstDifference }: Certificate): string {
  return firstDifference === null ? titles[verdict] : `${titles[verdict]} at step ${firstDifference.stepIndex}`
}

export function certificateLines(certificate: Certificate): { name: string; value: string }[] {
  const { firstDifference } = certificate
  const gap = firstDifference?.topGap ?? null
  return [
    { name: 'Compared', value: `${certificate.comparedSteps} steps` },
    { name: 'First difference', value: firstDifference === null ? 'none in ids and decisions' : `${firstDifference.what} of step ${firstDifference.stepIndex}` },
    ...(gap === null ? [] : [{ name: 'Gap of the two likeliest there', value: `${formatNumber(gap)} nats` }]),
    { name: 'Largest logprob difference', value: difference(certificate.largestLogprobDifference, 'nats') },
    { name: 'Largest trigger logit difference', value: difference(certificate.largestTriggerLogitDifference) },
    { name: 'Largest latent difference', value: difference(certificate.largestLatentDifference) },
    { name: 'Device', value: certificate.device },
    { name: 'Made', value: new Date(certificate.createdAt).toLocaleString() },
  ]
}

function difference(value: number, unit = ''): string {
  return value === 0 ? 'none' : `${value.toExponential(1)} ${unit}`.trim()
}

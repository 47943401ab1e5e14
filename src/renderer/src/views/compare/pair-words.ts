/** @file What a pair of runs says, in sentences. It does not know where they stand. */
import { formatPoints, formatPValue, formatSigned, plural } from '../../charts/format.ts'
import { excludesZero } from '../../charts/interval-axis.ts'
import type { PairedComparison } from '../../../../shared/domain/comparison.ts'

/** "+3.2 points, 95 % interval −0.4 to +6.8, zero inside" */
export function pairSentence({ accuracyDifference }: Pick<PairedComparison, 'accuracyDifference'>): string {
  if (accuracyDifference === null) return 'No sample is judged under both.'
  const { estimate, low, high } = accuracyDifference
  return `${formatPoints(estimate)} points, 95 % interval ${formatPoints(low)} to ${formatPoints(high)}, ${excludesZero(accuracyDifference) ? 'zero outside' : 'zero inside'}`
}

/** A line for each test and for what it was computed over. */
export function testLines({ pairCount, unpaired, mcNemar, accuracyDifference, rewardDifference, wilcoxon, bootstrap }: PairedComparison): { name: string; value: string }[] {
  return [
    { name: 'Samples judged under both', value: unpairedWords(pairCount, unpaired) },
    { name: 'Difference of accuracy', value: pairSentence({ accuracyDifference }) },
    { name: 'McNemar’s test, exact', value: mcNemar === null ? 'needs pairs with right and wrong' : `p = ${formatPValue(mcNemar.pValue)}, by Holm ${formatPValue(mcNemar.holmPValue)}` },
    ...(rewardDifference === null ? [] : [{ name: 'Difference of mean reward', value: `${formatSigned(rewardDifference.estimate, 3)}, 95 % interval ${formatSigned(rewardDifference.low, 3)} to ${formatSigned(rewardDifference.high, 3)}` }]),
    ...(wilcoxon === null ? [] : [{ name: 'Wilcoxon’s signed-rank test', value: `${wilcoxon.isExact ? 'exact' : 'normal approximation'}, ${plural(wilcoxon.pairCount, 'pair')} that differ: p = ${formatPValue(wilcoxon.pValue)}, by Holm ${formatPValue(wilcoxon.holmPValue)}` }]),
    { name: 'Intervals', value: `paired bootstrap, ${bootstrap.resamples.toLocaleString('en')} resamples of samples, seed ${bootstrap.seed}` },
  ]
}

function unpairedWords(pairCount: number, { baseline, other }: PairedComparison['unpaired']): string {
  const apart = [...(baseline > 0 ? [`${baseline.toLocaleString('en')} only under the baseline`] : []), ...(other > 0 ? [`${other.toLocaleString('en')} only under the other`] : [])]
  return [pairCount.toLocaleString('en'), ...apart].join('; ')
}

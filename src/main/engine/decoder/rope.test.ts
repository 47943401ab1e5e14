import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ropeFrequencies, ropeTables, type RopeConfig } from './rope.ts'

/** torch's float32 pow and division may each differ from the rounded exact value in the last bit. */
const FREQUENCY_TOLERANCE = 4e-7

/** A frequency's last bits times a position of some ten thousand, in radians. */
const TABLE_TOLERANCE = 4e-3

interface Fixture {
  readonly name: string
  readonly config: RopeConfig
  readonly sequenceLength: number
  readonly attentionScaling: number
  readonly inverseFrequencies: readonly number[]
  /** Tables at position sequenceLength - 1. */
  readonly cosOfLast: readonly number[]
  readonly sinOfLast: readonly number[]
}

/** Computed by ROPE_INIT_FUNCTIONS of transformers 4.57.6 with torch 2.13 on a CPU, in float32. */
const FIXTURES: readonly Fixture[] = [
  {
    name: 'none',
    config: {
      headDim: 16,
      ropeTheta: 1000000,
      maxPositionEmbeddings: 32768,
      ropeScaling: { type: 'none' },
    },
    sequenceLength: 4096,
    attentionScaling: 1,
    inverseFrequencies: [1, 0.177827939, 0.0316227786, 0.00562341325, 0.00100000005, 0.00017782794, 3.16227743e-05, 5.62341347e-06],
    cosOfLast: [-0.0659759939, 0.799633086, -0.771254778, -0.50903827, -0.578907907, 0.746369958, 0.991627216, 0.999734879],
    sinOfLast: [-0.997821212, -0.600488842, -0.636526585, -0.86074388, -0.815392911, 0.665531278, 0.129133642, 0.0230258424],
  },
  {
    name: 'linear',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 4096,
      ropeScaling: { type: 'linear', factor: 2.5 },
    },
    sequenceLength: 8192,
    attentionScaling: 1,
    inverseFrequencies: [0.400000006, 0.1264911, 0.0399999991, 0.0126491114, 0.00399999972, 0.00126491114, 0.000400000019, 0.000126491112],
    cosOfLast: [-0.960781038, 0.803911924, 0.610307097, -0.997972727, 0.220889822, -0.59292531, -0.990927219, 0.509589493],
    sinOfLast: [0.277308136, -0.594748378, 0.792164922, 0.0636430681, 0.975298762, -0.80525744, -0.134399503, 0.860417664],
  },
  {
    name: 'dynamic short',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 2048,
      ropeScaling: { type: 'dynamic', factor: 2 },
    },
    sequenceLength: 100,
    attentionScaling: 1,
    inverseFrequencies: [1, 0.316227764, 0.100000001, 0.0316227786, 0.00999999978, 0.00316227786, 0.00100000005, 0.000316227786],
    cosOfLast: [0.0398208797, 0.994024217, -0.889190912, -0.999940217, 0.548689902, 0.951393962, 0.995103478, 0.99950999],
    sinOfLast: [-0.999206841, -0.109159507, -0.457536399, 0.0109373853, 0.836025953, 0.307976574, 0.0988383666, 0.0313014351],
  },
  {
    name: 'dynamic long',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 2048,
      ropeScaling: { type: 'dynamic', factor: 2 },
    },
    sequenceLength: 5000,
    attentionScaling: 1,
    inverseFrequencies: [1, 0.260517091, 0.0678691566, 0.0176810753, 0.00460622227, 0.00119999971, 0.000312620425, 8.14429586e-05],
    cosOfLast: [-0.747777402, -0.134388417, 0.999900818, 0.911820054, -0.510219872, 0.95983386, 0.00800668169, 0.91825974],
    sinOfLast: [-0.663949549, 0.99092871, -0.014082538, 0.410589993, -0.860044003, -0.280569077, 0.999967933, 0.39597863],
  },
  {
    name: 'llama3',
    config: {
      headDim: 32,
      ropeTheta: 500000,
      maxPositionEmbeddings: 131072,
      ropeScaling: { type: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositionEmbeddings: 8192 },
    },
    sequenceLength: 20000,
    attentionScaling: 1,
    inverseFrequencies: [1, 0.440366626, 0.193922758, 0.0853971019, 0.0376060307, 0.0165604409, 0.00729266508, 0.00321144611, 0.000524846022, 7.78465546e-05, 3.42810235e-05, 1.50962178e-05, 6.64786967e-06, 2.92749974e-06, 1.28917316e-06, 5.6770881e-07],
    cosOfLast: [0.929096937, -0.533240259, 0.0348933041, 0.390414923, -0.322559923, -0.243297651, 0.235808149, 0.176019549, -0.478704214, 0.0139425807, 0.77404803, 0.954770505, 0.991175056, 0.998286605, 0.999667645, 0.999935567],
    sinOfLast: [-0.369836241, -0.845963836, 0.999391019, -0.920639038, -0.946549058, -0.969951689, 0.971799612, 0.984386683, -0.877976239, 0.999902785, 0.633126855, 0.297343671, 0.132559419, 0.0585136265, 0.0257793181, 0.0113533642],
  },
  {
    name: 'yarn as in Qwen2.5 cards',
    config: {
      headDim: 32,
      ropeTheta: 1000000,
      maxPositionEmbeddings: 32768,
      ropeScaling: { type: 'yarn', factor: 4, originalMaxPositionEmbeddings: 32768, betaFast: 32, betaSlow: 1, truncate: true },
    },
    sequenceLength: 50000,
    attentionScaling: 1.138629436111989,
    inverseFrequencies: [1, 0.421696514, 0.177827939, 0.0749894157, 0.0316227786, 0.0133352149, 0.00477990136, 0.00165996165, 0.000549999997, 0.000168678584, 4.44569851e-05, 1.87473561e-05, 7.90569356e-06, 3.33380353e-06, 1.40585337e-06, 5.92843435e-07],
    cosOfLast: [-0.968968689, -0.437941283, 0.992875218, -0.108097963, -0.72002846, 0.848633945, 1.10883856, 0.288077235, -0.81355387, -0.623785675, -0.690902233, 0.673985183, 1.05082977, 1.12284791, 1.13581765, 1.13812923],
    sinOfLast: [-0.597977161, -1.0510397, 0.557383001, -1.13348651, -0.882063508, 0.759142578, 0.258754492, 1.10158455, 0.796622336, 0.952558875, 0.905058622, 0.91772598, 0.438444793, 0.188916892, 0.0799698159, 0.0337458327],
  },
  {
    name: 'yarn without original length',
    config: {
      headDim: 16,
      ropeTheta: 1000000,
      maxPositionEmbeddings: 8192,
      ropeScaling: { type: 'yarn', factor: 4, betaFast: 32, betaSlow: 1, truncate: true },
    },
    sequenceLength: 9000,
    attentionScaling: 1.138629436111989,
    inverseFrequencies: [1, 0.177827939, 0.0316227786, 0.00421755994, 0.000500000024, 4.44569851e-05, 7.90569356e-06, 1.40585337e-06],
    cosOfLast: [0.104783304, -0.409383357, -0.291904747, 1.10189283, -0.240574479, 1.04871678, 1.1357491, 1.13853824],
    sinOfLast: [1.13379776, -1.06248868, 1.10057652, 0.286895871, -1.11292446, 0.443474919, 0.0809375793, 0.0144047299],
  },
  {
    name: 'yarn not truncated',
    config: {
      headDim: 32,
      ropeTheta: 150000,
      maxPositionEmbeddings: 131072,
      ropeScaling: { type: 'yarn', factor: 32, betaFast: 32, betaSlow: 1, truncate: false, originalMaxPositionEmbeddings: 4096 },
    },
    sequenceLength: 9000,
    attentionScaling: 1.3465735902799727,
    inverseFrequencies: [1, 0.47478205, 0.225418001, 0.107024416, 0.0508132726, 0.0193350017, 0.00679495931, 0.00209379266, 0.000456483918, 3.83088118e-05, 1.8188337e-05, 8.63549576e-06, 4.09997847e-06, 1.94659629e-06, 9.24208962e-07, 4.38797855e-07],
    cosOfLast: [0.123919532, 1.3465693, 0.802614927, -0.286740184, 0.22372131, -0.477777362, -0.152131081, 1.34653556, -0.765315354, 1.26734519, 1.32857645, 1.34250963, 1.34565711, 1.346367, 1.34652698, 1.3465631],
    sinOfLast: [1.34085953, -0.00340995099, -1.08123529, 1.31569016, -1.32785892, -1.25896358, -1.33795238, -0.0101192789, -1.10794985, 0.455078453, 0.21942012, 0.104538061, 0.0496715121, 0.0235872883, 0.0111992648, 0.00531725818],
  },
  {
    name: 'yarn with mscale',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 163840,
      ropeScaling: { type: 'yarn', factor: 40, mscale: 1, mscaleAllDim: 0.8, originalMaxPositionEmbeddings: 4096, betaFast: 32, betaSlow: 1, truncate: true },
    },
    sequenceLength: 9000,
    attentionScaling: 1.0569662567531275,
    inverseFrequencies: [1, 0.316227764, 0.100000001, 0.0239147246, 0.00512499968, 0.000849862176, 2.49999994e-05, 7.90569447e-06],
    cosOfLast: [0.0972681865, 0.90147531, 0.17493403, -0.0100475121, -0.567504227, 0.216272846, 1.03033042, 1.05429256],
    sinOfLast: [1.05248117, -0.551833332, 1.04238951, 1.0569185, 0.891693175, 1.03460324, 0.235790133, 0.0751326978],
  },
  {
    name: 'yarn with attention factor and betas',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 16384,
      ropeScaling: { type: 'yarn', factor: 4, attentionFactor: 0.7, betaFast: 16, betaSlow: 2, originalMaxPositionEmbeddings: 4096, truncate: true },
    },
    sequenceLength: 9000,
    attentionScaling: 0.7,
    inverseFrequencies: [1, 0.316227764, 0.100000001, 0.0316227786, 0.00749999937, 0.00158113893, 0.000250000012, 7.90569466e-05],
    cosOfLast: [0.06441807, 0.597022533, 0.115854047, -0.179455504, -0.0362083949, -0.0639622137, -0.439585447, 0.530198693],
    sinOfLast: [0.69702965, -0.365464181, 0.690346122, 0.676605999, -0.699062884, 0.697071612, 0.544761062, 0.457044125],
  },
]

describe.each(FIXTURES)('$name', ({ config, sequenceLength, attentionScaling, inverseFrequencies, cosOfLast, sinOfLast }) => {
  const frequencies = ropeFrequencies(config, sequenceLength)

  test('has the frequencies and the attention scaling of transformers', () => {
    expect(frequencies.inverseFrequencies).toHaveLength(inverseFrequencies.length)
    inverseFrequencies.forEach((expected, index) => {
      expect(Math.abs(frequencies.inverseFrequencies[index]! / expected - 1)).toBeLessThan(FREQUENCY_TOLERANCE)
    })
    expect(frequencies.attentionScaling).toBeCloseTo(attentionScaling, 14)
  })

  test('has the tables of transformers', () => {
    const { cos, sin } = ropeTables(frequencies, [sequenceLength - 1])
    cosOfLast.forEach((expected, index) => expect(Math.abs(cos[index]! - expected)).toBeLessThan(TABLE_TOLERANCE))
    sinOfLast.forEach((expected, index) => expect(Math.abs(sin[index]! - expected)).toBeLessThan(TABLE_TOLERANCE))
  })
})

const plain: RopeConfig = { headDim: 8, ropeTheta: 10_000, maxPositionEmbeddings: 64, ropeScaling: { type: 'none' } }

test('position 0 is not rotated, whatever the scaling', () => {
  const { cos, sin } = ropeTables(ropeFrequencies(plain, 10), [0])
  expect([...cos, ...sin]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
})

test('a row of the table depends on its own position alone', () => {
  const frequencies = ropeFrequencies(plain, 10)
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100_000 }), { minLength: 1 }), (positions) => {
      const { cos, sin } = ropeTables(frequencies, positions)
      positions.forEach((position, row) => {
        const alone = ropeTables(frequencies, [position])
        expect(cos.subarray(row * 4, row * 4 + 4)).toEqual(alone.cos)
        expect(sin.subarray(row * 4, row * 4 + 4)).toEqual(alone.sin)
      })
    }),
  )
})

test('dynamic scaling begins beyond the original length', () => {
  const dynamic: RopeConfig = { ...plain, ropeScaling: { type: 'dynamic', factor: 2 } }
  expect(ropeFrequencies(dynamic, 64)).toEqual(ropeFrequencies(plain, 64))
  expect(ropeFrequencies(dynamic, 65).inverseFrequencies[1]).toBeLessThan(ropeFrequencies(plain, 65).inverseFrequencies[1]!)
})

test('yarn with a factor of 1 scales nothing', () => {
  const yarn: RopeConfig = { ...plain, ropeScaling: { type: 'yarn', factor: 1, betaFast: 32, betaSlow: 1, truncate: true } }
  expect(ropeFrequencies(yarn, 10).attentionScaling).toBe(1)
  ropeFrequencies(plain, 10).inverseFrequencies.forEach((expected, index) => {
    expect(Math.abs(ropeFrequencies(yarn, 10).inverseFrequencies[index]! / expected - 1)).toBeLessThan(FREQUENCY_TOLERANCE)
  })
})

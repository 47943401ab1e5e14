/** @file What transformers computes for each kind of rotary scaling. It compares nothing. */
import type { RopeConfig } from '../../src/main/engine/decoder/rope.ts'

export interface RopeVector {
  readonly name: string
  readonly config: RopeConfig
  readonly sequenceLength: number
  readonly attentionScaling: number
  readonly inverseFrequencies: readonly number[]
  /** Tables at position 77. */
  readonly cosAt77: readonly number[]
  readonly sinAt77: readonly number[]
}

/** Computed by ROPE_INIT_FUNCTIONS of transformers 4.57.6 with torch 2.13 on a CPU, in float32. */
export const ROPE_VECTORS: readonly RopeVector[] = [
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
    inverseFrequencies: [
      1, 0.177827939, 0.0316227786, 0.00562341325, 0.00100000005, 0.00017782794, 3.16227743e-05,
      5.62341347e-06,
    ],
    cosAt77: [-0.0309750326, 0.429930687, -0.760548592, 0.907709837, 0.997036934, 0.999906242, 0.99999702, 0.99999994],
    sinAt77: [0.999520183, 0.902861893, 0.649281025, 0.419598401, 0.0769239441, 0.013692324, 0.00243495125, 0.000433002831],
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
    inverseFrequencies: [
      0.400000006, 0.1264911, 0.0399999991, 0.0126491114, 0.00399999972, 0.00126491114, 0.000400000019,
      0.000126491112,
    ],
    cosAt77: [0.816239178, -0.950784981, -0.998103738, 0.562010705, 0.952941775, 0.995260537, 0.999525726, 0.999952555],
    sinAt77: [-0.577714086, -0.309851468, 0.0615537949, 0.82712996, 0.303153336, 0.0972442403, 0.0307951327, 0.00973966159],
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
    cosAt77: [-0.0309750326, 0.708656371, 0.153373584, -0.760548592, 0.717910707, 0.970501184, 0.997036934, 0.999703586],
    sinAt77: [0.999520183, -0.70555383, 0.988168299, 0.649281025, 0.696135223, 0.241096377, 0.0769239441, 0.0243471339],
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
    inverseFrequencies: [
      1, 0.260517091, 0.0678691566, 0.0176810753, 0.00460622227, 0.00119999971, 0.000312620425,
      8.14429586e-05,
    ],
    cosAt77: [-0.0309750326, 0.352775723, 0.491260201, 0.207827583, 0.937757969, 0.995734155, 0.999710262, 0.99998033],
    sinAt77: [0.999520183, 0.935707927, -0.871012866, 0.978165507, 0.347289473, 0.0922685489, 0.0240694489, 0.00627106661],
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
    inverseFrequencies: [
      1, 0.440366626, 0.193922758, 0.0853971019, 0.0376060307, 0.0165604409, 0.00729266508, 0.00321144611,
      0.000524846022, 7.78465546e-05, 3.42810235e-05, 1.50962178e-05, 6.64786967e-06, 2.92749974e-06,
      1.28917316e-06, 5.6770881e-07,
    ],
    cosAt77: [
      -0.0309750326, -0.796513677, -0.713783562, 0.957557321, -0.969911754, 0.291354388, 0.846438587,
      0.969581425, 0.999183476, 0.999982059, 0.999996543, 0.999999344, 0.999999881, 1, 1, 1,
    ],
    sinAt77: [
      0.999520183, 0.604620516, 0.700366378, 0.288243026, 0.243456706, 0.95661521, 0.53248632, 0.244768903,
      0.0404021442, 0.00599414902, 0.0026396357, 0.0011624085, 0.00051188597, 0.000225417476, 9.92663336e-05,
      4.37135786e-05,
    ],
  },
  {
    name: 'yarn as in Qwen2.5 cards',
    config: {
      headDim: 32,
      ropeTheta: 1000000,
      maxPositionEmbeddings: 32768,
      ropeScaling: {
        type: 'yarn',
        factor: 4,
        originalMaxPositionEmbeddings: 32768,
        betaFast: 32,
        betaSlow: 1,
        truncate: true,
      },
    },
    sequenceLength: 50000,
    attentionScaling: 1.138629436111989,
    inverseFrequencies: [
      1, 0.421696514, 0.177827939, 0.0749894157, 0.0316227786, 0.0133352149, 0.00477990136, 0.00165996165,
      0.000549999997, 0.000168678584, 4.44569851e-05, 1.87473561e-05, 7.90569356e-06, 3.33380353e-06,
      1.40585337e-06, 5.92843435e-07,
    ],
    cosAt77: [
      -0.0352690853, 0.561896682, 0.489531726, 0.994287848, -0.865983009, 0.589297235, 1.06237531, 1.12934113,
      1.13760853, 1.13853335, 1.13862276, 1.13862824, 1.1386292, 1.13862944, 1.13862944, 1.13862944,
    ],
    sinAt77: [
      1.1380831, 0.990327775, 1.02802515, -0.554859102, 0.739290476, 0.974271894, 0.409677655, 0.145140305,
      0.0482065454, 0.0147883892, 0.00389773468, 0.00164366385, 0.000693127397, 0.000292289449,
      0.000123257443, 5.19772293e-05,
    ],
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
    inverseFrequencies: [
      1, 0.177827939, 0.0316227786, 0.00421755994, 0.000500000024, 4.44569851e-05, 7.90569356e-06,
      1.40585337e-06,
    ],
    cosAt77: [-0.0352690853, 0.489531726, -0.865983009, 1.07911313, 1.13778567, 1.13862276, 1.1386292, 1.13862944],
    sinAt77: [1.1380831, 1.02802515, 0.739290476, 0.36330691, 0.0438264087, 0.00389773468, 0.000693127397, 0.000123257443],
  },
  {
    name: 'yarn not truncated',
    config: {
      headDim: 32,
      ropeTheta: 150000,
      maxPositionEmbeddings: 131072,
      ropeScaling: {
        type: 'yarn',
        factor: 32,
        betaFast: 32,
        betaSlow: 1,
        truncate: false,
        originalMaxPositionEmbeddings: 4096,
      },
    },
    sequenceLength: 9000,
    attentionScaling: 1.3465735902799727,
    inverseFrequencies: [
      1, 0.47478205, 0.225418001, 0.107024416, 0.0508132726, 0.0193350017, 0.00679495931, 0.00209379266,
      0.000456483918, 3.83088118e-05, 1.8188337e-05, 8.63549576e-06, 4.09997847e-06, 1.94659629e-06,
      9.24208962e-07, 4.38797855e-07,
    ],
    cosAt77: [
      -0.0417101607, 0.561225533, 0.105497852, -0.508086264, -0.965754151, 0.110296898, 1.16642737, 1.3291111,
      1.34574187, 1.34656775, 1.34657228, 1.34657323, 1.34657347, 1.34657359, 1.34657359, 1.34657359,
    ],
    sinAt77: [
      1.34592748, -1.22404504, -1.34243453, 1.24704003, -0.938391924, 1.34204876, 0.672835529, 0.216158077,
      0.0473213196, 0.00397208799, 0.00188587827, 0.000895381381, 0.000425111037, 0.000201835108,
      9.58276869e-05, 4.54972651e-05,
    ],
  },
  {
    name: 'yarn with mscale',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 163840,
      ropeScaling: {
        type: 'yarn',
        factor: 40,
        mscale: 1,
        mscaleAllDim: 0.8,
        originalMaxPositionEmbeddings: 4096,
        betaFast: 32,
        betaSlow: 1,
        truncate: true,
      },
    },
    sequenceLength: 9000,
    attentionScaling: 1.0569662567531275,
    inverseFrequencies: [
      1, 0.316227764, 0.100000001, 0.0239147246, 0.00512499968, 0.000849862176, 2.49999994e-05,
      7.90569447e-06,
    ],
    cosAt77: [-0.0327395648, 0.749025881, 0.162110716, -0.282575428, 0.97572875, 1.05470395, 1.0569644, 1.05696607],
    sinAt77: [1.05645919, -0.745746613, 1.04446065, 1.01849341, 0.406363398, 0.0691178739, 0.0020346588, 0.000643415959],
  },
  {
    name: 'yarn with attention factor and betas',
    config: {
      headDim: 16,
      ropeTheta: 10000,
      maxPositionEmbeddings: 16384,
      ropeScaling: {
        type: 'yarn',
        factor: 4,
        attentionFactor: 0.7,
        betaFast: 16,
        betaSlow: 2,
        originalMaxPositionEmbeddings: 4096,
        truncate: true,
      },
    },
    sequenceLength: 9000,
    attentionScaling: 0.7,
    inverseFrequencies: [1, 0.316227764, 0.100000001, 0.0316227786, 0.00749999937, 0.00158113893, 0.000250000012, 7.90569466e-05],
    cosAt77: [-0.0216825232, 0.496059448, 0.10736151, -0.532383978, 0.586481094, 0.694818497, 0.699870288, 0.699986994],
    sinAt77: [0.699664116, -0.493887663, 0.691717803, 0.454496711, 0.382151693, 0.0850130096, 0.0134741692, 0.00426114304],
  },
]

/** @file What 8 and 4 bits cost in accuracy, as measured. Written by bench/quantization-cost.ts; it knows no other model than those named. */
import type { MeasuredCosts } from './quantization-cost.ts'

export const measuredCosts: MeasuredCosts = {
  "measuredOn": "2026-11-23",
  "commit": "12d9546",
  "command": "node bench/quantization-cost.ts --write --limit 200",
  "device": "cpu",
  "costs": [
    {
      "subject": "Demo model, base domain",
      "precision": "q8",
      "perplexity": {
        "f32": 1.0022,
        "quantized": 1.0022,
        "tokens": 9722
      },
      "agreement": {
        "completions": 200,
        "identical": 1,
        "tokens": 9724,
        "beforeDivergence": 1
      },
      "decisions": {
        "asked": 1845,
        "equal": 1
      },
      "solved": {
        "f32": 0.99,
        "quantized": 0.99
      }
    },
    {
      "subject": "Demo model, base domain",
      "precision": "q4",
      "perplexity": {
        "f32": 1.0022,
        "quantized": 1.0023,
        "tokens": 9722
      },
      "agreement": {
        "completions": 200,
        "identical": 0.995,
        "tokens": 9724,
        "beforeDivergence": 0.99599
      },
      "decisions": {
        "asked": 1839,
        "equal": 1
      },
      "solved": {
        "f32": 0.99,
        "quantized": 0.985
      }
    },
    {
      "subject": "Demo model, new domain",
      "precision": "q8",
      "perplexity": {
        "f32": 2.0358,
        "quantized": 2.0374,
        "tokens": 5110
      },
      "agreement": {
        "completions": 200,
        "identical": 1,
        "tokens": 5110,
        "beforeDivergence": 1
      },
      "decisions": {
        "asked": 1000,
        "equal": 1
      },
      "solved": {
        "f32": 1,
        "quantized": 1
      }
    },
    {
      "subject": "Demo model, new domain",
      "precision": "q4",
      "perplexity": {
        "f32": 2.0358,
        "quantized": 1.9899,
        "tokens": 5110
      },
      "agreement": {
        "completions": 200,
        "identical": 1,
        "tokens": 5110,
        "beforeDivergence": 1
      },
      "decisions": {
        "asked": 1000,
        "equal": 1
      },
      "solved": {
        "f32": 1,
        "quantized": 1
      }
    },
    {
      "subject": "8 test models with random weights",
      "precision": "q8",
      "perplexity": {
        "f32": 37.853,
        "quantized": 38.018,
        "tokens": 1899
      },
      "agreement": {
        "completions": 96,
        "identical": 0.16667,
        "tokens": 2699,
        "beforeDivergence": 0.38162
      },
      "decisions": {
        "asked": 561,
        "equal": 0.98396
      },
      "solved": null
    },
    {
      "subject": "8 test models with random weights",
      "precision": "q4",
      "perplexity": {
        "f32": 37.853,
        "quantized": 44.923,
        "tokens": 1899
      },
      "agreement": {
        "completions": 96,
        "identical": 0.010417,
        "tokens": 2699,
        "beforeDivergence": 0.04409
      },
      "decisions": {
        "asked": 182,
        "equal": 0.87912
      },
      "solved": null
    }
  ]
}

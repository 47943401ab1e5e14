/** @file The room's door: datasets and rewards. It knows neither the engine nor the log. */
export { formatGsm8k, type Gsm8kSample } from './gsm8k.ts'
export { isMathEquivalent, mathScore } from './rewards/math-score.ts'
export { extractPythonCode, renameFirstFunction } from './rewards/python-code.ts'
export { formatPassages, parseAction, playTurn, preprocessAction, type TriviaQaAction, triviaQaReward, triviaQaSystemPrompt, type TriviaQaTurn } from './rewards/triviaqa.ts'

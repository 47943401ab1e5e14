/** @file The whole contract, implemented; any transport can serve it. */
import { analysisRoom } from './analysis-room.ts'
import { comparisonsRoom } from './comparisons-room.ts'
import { evaluationsRoom } from './evaluations-room.ts'
import { logRoom } from './log-room.ts'
import { modelsRoom } from './models-room.ts'
import { procedures } from './procedures.ts'
import { sessionsRoom } from './sessions-room.ts'
import { sweepsRoom } from './sweeps-room.ts'
import { systemRoom } from './system-room.ts'
import { trainingRoom } from './training-room.ts'

export const router = procedures.router({
  models: modelsRoom,
  sessions: sessionsRoom,
  analysis: analysisRoom,
  sweeps: sweepsRoom,
  evaluations: evaluationsRoom,
  comparisons: comparisonsRoom,
  log: logRoom,
  system: systemRoom,
  training: trainingRoom,
})
export type AppRouter = typeof router

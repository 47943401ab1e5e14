/** @file The whole contract, implemented; any transport can serve it. It does not know which. */
import { analysisRoom } from './analysis-room.ts'
import { comparisonsRoom } from './comparisons-room.ts'
import { evaluationsRoom } from './evaluations-room.ts'
import { latentsRoom } from './latents-room.ts'
import { logRoom } from './log-room.ts'
import { modelsRoom } from './models-room.ts'
import { procedures } from './procedures.ts'
import { profilesRoom } from './profiles-room.ts'
import { sessionsRoom } from './sessions-room.ts'
import { sweepsRoom } from './sweeps-room.ts'
import { systemRoom } from './system-room.ts'
import { tasksRoom } from './tasks-room.ts'
import { trainingRoom } from './training-room.ts'
import { transferRoom } from './transfer-room.ts'

export const router = procedures.router({
  models: modelsRoom,
  sessions: sessionsRoom,
  analysis: analysisRoom,
  sweeps: sweepsRoom,
  tasks: tasksRoom,
  evaluations: evaluationsRoom,
  comparisons: comparisonsRoom,
  latents: latentsRoom,
  log: logRoom,
  profiles: profilesRoom,
  system: systemRoom,
  training: trainingRoom,
  transfer: transferRoom,
})
export type AppRouter = typeof router

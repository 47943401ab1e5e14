import { createPinia } from 'pinia'
import { createApp, nextTick, shallowRef } from 'vue'
import { expect, it } from 'vitest'
import { judgedSteps } from '../../../../test/support/judged-step.ts'
import type { Client } from '../api/client.ts'
import { traceIdSchema } from '../../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { provideHost } from './host.ts'
import { useSelectionStore } from './selection.ts'
import { useSessionStore } from './session.ts'

it('selects the current step of the trace that comes on screen after another', async () => {
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client: {} as Client, connection: shallowRef({ kind: 'connected' }) }) // nothing is asked of the host
  const [session, selection] = app.runWithContext(() => [useSessionStore(), useSelectionStore()])
  const show = (id: string): void => {
    session.moveTo(-1)
    session.header = { id: traceIdSchema.parse(id) } as TraceHeader // nothing else of it is read here
    session.steps = judgedSteps(['a', 'b', 'c'])
    session.moveTo(2)
  }
  show('t1')
  await nextTick()
  selection.select({ kind: 'step', index: 0 })
  show('t2')
  await nextTick()
  expect([selection.isFollowing, selection.selection]).toEqual([true, { kind: 'step', index: 2 }])
})

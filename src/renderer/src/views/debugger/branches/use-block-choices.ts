/** @file The latent blocks of the trace on screen and of any other in the log, for choosing one. It does not know what it is chosen for. */
import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { describeFailure, type Failure } from '../../../api/failure.ts'
import { plural } from '../../../charts/format.ts'
import { visibleLine } from '../../../components/visible-text.ts'
import type { TraceId, WeaveId } from '../../../../../shared/domain/identifiers.ts'
import type { WeaveOverview } from '../../../../../shared/domain/trace-columns.ts'
import type { TraceHeader } from '../../../../../shared/domain/trace.ts'
import { useHost } from '../../../stores/host.ts'
import { useSessionStore } from '../../../stores/session.ts'
import { promptTitle } from '../../../stores/tab-list.ts'

/** More would not be read in a list; the search narrows it. */
const SHOWN_TRACES = 50

export interface BlockChoices {
  traceId: ShallowRef<TraceId | null>
  traceOptions: ComputedRef<{ label: string; value: TraceId }[]>
  blockOptions: ComputedRef<{ label: string; value: WeaveId }[]>
  isSearching: ShallowRef<boolean>
  failure: ShallowRef<Failure | null>
  search: (text: string) => Promise<void>
}

export function useBlockChoices(): BlockChoices {
  const { client } = useHost()
  const session = useSessionStore()
  const traceId = shallowRef<TraceId | null>(session.header?.id ?? null)
  const found = shallowRef<readonly TraceHeader[]>([])
  const foreignWeaves = shallowRef<readonly WeaveOverview[]>([])
  const isSearching = shallowRef(false)
  const failure = shallowRef<Failure | null>(null)
  let asked = 0

  const isOwn = computed(() => traceId.value === session.header?.id)
  const weaves = computed(() => (isOwn.value ? session.weaves : foreignWeaves.value))
  const traceOptions = computed(() => {
    const own = session.header === null ? [] : [{ label: 'This trace', value: session.header.id }]
    // Latents fit only the model that they were woven for.
    const others = found.value.filter(({ id, modelId, weaveCount }) => id !== session.header?.id && modelId === session.header?.modelId && weaveCount > 0)
    return [...own, ...others.map((header) => ({ label: `${visibleLine(promptTitle(header.prompt))} · ${header.config.policy.kind}, ${header.stepCount} tokens`, value: header.id }))]
  })
  const blockOptions = computed(() => weaves.value.map((weave) => ({ label: `Before step ${weave.stepIndex}: ${plural(weave.norms.length, 'latent')}`, value: weave.id })))

  watch(traceId, async (id) => {
    if (id === null || isOwn.value) return
    foreignWeaves.value = []
    await attempt(async () => {
      const { trace } = await client.log.overview({ traceId: id })
      if (traceId.value === id) foreignWeaves.value = trace.weaves
    })
  })

  async function search(text: string): Promise<void> {
    asked += 1
    const question = asked
    isSearching.value = true
    await attempt(async () => {
      const page = await client.log.traces({ limit: SHOWN_TRACES, search: text, modelId: session.header?.modelId ?? null })
      if (question === asked) found.value = page.traces
    })
    if (question === asked) isSearching.value = false
  }

  async function attempt(call: () => Promise<void>): Promise<void> {
    failure.value = null
    try {
      await call()
    } catch (error) {
      failure.value = describeFailure(error)
    }
  }

  return { traceId, traceOptions, blockOptions, isSearching, failure, search }
}

/** @file The user's kept prompts. It does not know the prompt being written. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { SavedPrompt } from '../../../shared/domain/saved-prompt.ts'
import { useHost } from './host.ts'

export const usePromptsStore = defineStore('prompts', () => {
  const { client } = useHost()
  /** Newest first; null until the first answer. */
  const prompts = shallowRef<readonly SavedPrompt[] | null>(null)
  const failure = shallowRef<Failure | null>(null)

  async function refresh(): Promise<void> {
    await attempt(async () => {
      prompts.value = (await client.log.prompts()).prompts
    })
  }

  async function save(prompt: Pick<SavedPrompt, 'title' | 'prompt' | 'reference'>): Promise<boolean> {
    return attempt(async () => {
      const saved = await client.log.savePrompt(prompt)
      prompts.value = [saved, ...(prompts.value ?? [])]
    })
  }

  async function remove(id: string): Promise<void> {
    await attempt(async () => {
      await client.log.removePrompt({ id })
      prompts.value = prompts.value?.filter((prompt) => prompt.id !== id) ?? null
    })
  }

  async function attempt(call: () => Promise<void>): Promise<boolean> {
    failure.value = null
    try {
      await call()
      return true
    } catch (error) {
      failure.value = describeFailure(error)
      return false
    }
  }

  return { prompts, failure, refresh, save, remove }
})

/** Those whose title or text has every word of the search. */
export function searchPrompts(prompts: readonly SavedPrompt[], search: string): SavedPrompt[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  return prompts.filter(({ title, prompt, reference }) => {
    const text = [title, prompt.kind === 'text' ? prompt.text : prompt.messages.map(({ content }) => content).join('\n'), reference ?? ''].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** @file The keys that the user chose for commands, kept between visits. It does not know the commands. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { chosenKeysSerializer, type ChosenKeys } from '../commands/chosen-keys.ts'

export const useKeysStore = defineStore('keys', () => {
  const chosen = useStorage<ChosenKeys>('memgen.keys', {}, undefined, { serializer: chosenKeysSerializer, shallow: true })
  /** The command that waits for its new key. As long as one does, keys do nothing else. */
  const waitingId = shallowRef<string | null>(null)
  const hasChosen = computed(() => Object.keys(chosen.value).length > 0)

  function choose(commandId: string, shortcut: string | null): void {
    chosen.value = { ...chosen.value, [commandId]: shortcut }
  }

  /** Gives a command its usual key back. */
  function reset(commandId: string): void {
    chosen.value = Object.fromEntries(Object.entries(chosen.value).filter(([id]) => id !== commandId))
  }

  function resetAll(): void {
    chosen.value = {}
  }

  return { chosen, waitingId, hasChosen, choose, reset, resetAll }
})

/** @file What this app is: its version, its libraries and where its log lies, asked once; and whether that is on screen. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { About } from '../../../shared/contract/system.ts'
import { useHost } from './host.ts'

export const useAboutStore = defineStore('about', () => {
  const { client } = useHost()
  /** null until the host has answered. */
  const about = shallowRef<About | null>(null)
  const isShown = shallowRef(false)

  function ask(): void {
    client.system.about().then(
      (answer) => {
        about.value = answer
      },
      () => {
        // The connection is lost, which a banner says; every write says itself why it is refused.
      },
    )
  }

  function show(): void {
    isShown.value = true
    if (about.value === null) ask()
  }

  ask()
  return { about, isShown, show }
})

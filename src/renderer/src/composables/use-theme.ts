/** @file Which theme is on: the system's until the user chooses; the choice is kept. It does not know any colour. */
import { createSharedComposable, usePreferredDark, useStorage } from '@vueuse/core'
import { computed, watchEffect } from 'vue'
import { cssVariableName, palettes, themeNames, type ThemeName } from '../theme/palette.ts'

const STORAGE_KEY = 'memgen.theme'

function readThemeName(raw: string): ThemeName | null {
  return themeNames.find((name) => name === raw) ?? null
}

export const useTheme = createSharedComposable(() => {
  const isSystemDark = usePreferredDark()
  const chosen = useStorage<ThemeName | null>(STORAGE_KEY, null, undefined, {
    serializer: { read: readThemeName, write: (name) => name ?? '' },
  })
  const themeName = computed<ThemeName>(() => chosen.value ?? (isSystemDark.value ? 'dark' : 'light'))
  const palette = computed(() => palettes[themeName.value])

  watchEffect(() => {
    const root = document.documentElement
    root.style.colorScheme = themeName.value
    root.style.background = palette.value.ground
    for (const [name, colour] of Object.entries({ ...palette.value })) root.style.setProperty(cssVariableName(name), colour)
  })

  function toggleTheme(): void {
    chosen.value = themeName.value === 'dark' ? 'light' : 'dark'
  }
  return { themeName, palette, toggleTheme }
})

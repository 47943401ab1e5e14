/** @file Commands over profiles; they do not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import { drawPng, drawSvg } from '../charts/echarts.ts'
import { flamePicture } from '../charts/flame-chart.ts'
import { profileFileName } from '../stores/profile-file.ts'
import type { useProfileStore } from '../stores/profile.ts'
import type { Palette } from '../theme/palette.ts'
import type { Command } from './command.ts'
import { chooseFile } from './open-file.ts'
import { saveFile } from './save-file.ts'

export const profileFormats = ['json', 'svg', 'png'] as const
export type ProfileFormat = (typeof profileFormats)[number]

export const profileCommandIds = {
  open: 'app.profile',
  take: 'profile.take',
  stop: 'profile.stop',
  openFile: 'profile.openFile',
  zoomOut: 'profile.zoomOut',
  export: (format: ProfileFormat) => `profile.export.${format}`,
} as const

/** Wide enough for a figure over a page. */
const PICTURE_WIDTH_PX = 1200

/** @param palette the theme's colours at the moment */
export function createProfileCommands(profiles: ReturnType<typeof useProfileStore>, router: Router, palette: () => Palette): Command[] {
  const isHere = (): boolean => router.currentRoute.value.name === 'profile'

  async function openFile(): Promise<void> {
    const file = await chooseFile('.json')
    if (file !== null) await profiles.open(file)
  }

  async function exportAs(format: ProfileFormat): Promise<void> {
    const { profile, zoom } = profiles
    if (profile === null) return
    if (format === 'json') return saveFile(new Blob([JSON.stringify(profile, null, 1)], { type: 'application/json' }), profileFileName(profile, format))
    const { option, size } = flamePicture(profile.root, zoom, palette(), PICTURE_WIDTH_PX)
    saveFile(format === 'png' ? await drawPng(option, size) : new Blob([drawSvg(option, size)], { type: 'image/svg+xml' }), profileFileName(profile, format))
  }

  return [
    { id: profileCommandIds.open, title: 'Open profiles', shortcut: 'Alt+0', isEnabled: () => true, run: () => void router.push({ name: 'profile' }) },
    { id: profileCommandIds.take, title: 'Take a profile', shortcut: 'Alt+Enter', isEnabled: () => isHere() && profiles.model !== null && !profiles.asking.isAsking, run: () => profiles.take() },
    { id: profileCommandIds.stop, title: 'Stop taking the profile', shortcut: 'S', isEnabled: () => isHere() && profiles.asking.isAsking, run: () => profiles.stop() },
    { id: profileCommandIds.openFile, title: 'Open a saved profile', shortcut: 'O', isEnabled: isHere, run: openFile },
    { id: profileCommandIds.zoomOut, title: 'Zoom the profile out', shortcut: null, isEnabled: () => isHere() && profiles.zoom.length > 0, run: () => profiles.zoomOut() },
    ...profileFormats.map((format): Command => ({
      id: profileCommandIds.export(format),
      title: `Export the profile as ${format.toUpperCase()}`,
      shortcut: format === 'json' ? 'E' : null,
      isEnabled: () => isHere() && profiles.profile !== null,
      run: () => exportAs(format),
    })),
  ]
}

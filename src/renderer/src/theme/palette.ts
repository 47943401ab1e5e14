/**
 * @file The colours of both themes, once, for style sheets and charts. Data colours follow the Okabe-Ito palette
 * (Okabe and Ito, "Color Universal Design", 2008), darkened for light backgrounds until they reach 3:1 as marks and
 * 4.5:1 as text. It does not know which theme is on.
 */

export const themeNames = ['dark', 'light'] as const
export type ThemeName = (typeof themeNames)[number]

/** One colour per meaning; a view never names a colour itself. */
export interface Palette {
  /** Behind everything. */
  ground: string
  /** Panels. */
  surface: string
  /** Fields, chips and hovered rows. */
  raised: string
  line: string
  lineStrong: string
  text: string
  textMuted: string
  textFaint: string
  /** Selection, focus and primary actions. */
  accent: string
  /** Text on a field of `accent`. */
  onAccent: string
  /** Latents and insertions. */
  memory: string
  memoryGround: string
  /** The trigger's probability and decisions. */
  trigger: string
  entropy: string
  good: string
  warning: string
  danger: string
  dangerGround: string
  warningGround: string
}

export const palettes: Readonly<Record<ThemeName, Palette>> = {
  dark: {
    ground: '#12151a',
    surface: '#191d24',
    raised: '#232933',
    line: '#2e3641',
    lineStrong: '#4a5565',
    text: '#e4e8ee',
    textMuted: '#a9b3c0',
    textFaint: '#8590a0',
    accent: '#56b4e9',
    onAccent: '#08202f',
    memory: '#e69f00',
    memoryGround: '#35290c',
    trigger: '#35c39a',
    entropy: '#d98fba',
    good: '#35c39a',
    warning: '#f0cf42',
    danger: '#ff8f57',
    dangerGround: '#3a2116',
    warningGround: '#332c10',
  },
  light: {
    ground: '#f3f5f8',
    surface: '#ffffff',
    raised: '#e9edf2',
    line: '#d5dbe3',
    lineStrong: '#9aa5b3',
    text: '#1a2029',
    textMuted: '#47525f',
    textFaint: '#5f6a78',
    accent: '#0069a6',
    onAccent: '#ffffff',
    memory: '#8f5a00',
    memoryGround: '#fdf0d6',
    trigger: '#00775a',
    entropy: '#9c4679',
    good: '#00775a',
    warning: '#7a6200',
    danger: '#b04300',
    dangerGround: '#fdeadf',
    warningGround: '#fbf3cf',
  },
}

/** `textMuted` becomes `--text-muted`. */
export function cssVariableName(colour: string): string {
  return `--${colour.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

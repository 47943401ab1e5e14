import { describe, expect, it } from 'vitest'
import { cssVariableName, palettes, themeNames, type Palette } from './palette.ts'

/** WCAG 2.2 relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

/** WCAG 2.2 level AA for text below 24 px. */
const AA_TEXT = 4.5

describe.each(themeNames)('the %s palette', (name) => {
  const palette = palettes[name]

  it('keeps every colour that is used for text readable on every ground it is used on', () => {
    const texts: (keyof Palette)[] = ['text', 'textMuted', 'textFaint', 'accent', 'memory', 'trigger', 'entropy', 'good', 'warning', 'danger']
    const failures = texts.flatMap((text) =>
      (['ground', 'surface'] as const).filter((ground) => contrast(palette[text], palette[ground]) < AA_TEXT).map((ground) => `${text} on ${ground}`),
    )
    expect(failures).toEqual([])
    expect(contrast(palette.text, palette.raised)).toBeGreaterThan(AA_TEXT)
    expect(contrast(palette.textMuted, palette.raised)).toBeGreaterThan(AA_TEXT)
    expect(contrast(palette.memory, palette.memoryGround)).toBeGreaterThan(AA_TEXT)
    expect(contrast(palette.danger, palette.dangerGround)).toBeGreaterThan(AA_TEXT)
    expect(contrast(palette.warning, palette.warningGround)).toBeGreaterThan(AA_TEXT)
    expect(contrast(palette.onAccent, palette.accent)).toBeGreaterThan(AA_TEXT)
  })
})

it('names its style sheet variables in kebab case', () => {
  expect(cssVariableName('textMuted')).toBe('--text-muted')
})

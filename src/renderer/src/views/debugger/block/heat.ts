/** @file Numbers as fields of colour: stronger means larger, and the sign has a hue of its own besides its written sign. It draws nothing. */

/** A type and not an interface, so that it is an object of style properties to Vue. */
export type HeatStyle = Readonly<Record<'background' | 'color', string>>

/** Above this share of the scale, text on the field takes the ground's colour to stay readable. */
const STRONG = 0.6

/** For a value from 0 to `ceiling`. */
export function heat(value: number, ceiling: number): HeatStyle {
  return field(ceiling > 0 ? value / ceiling : 0, '--memory')
}

/** For a cosine, -1 to 1. */
export function signedHeat(cosine: number): HeatStyle {
  return field(Math.abs(cosine), cosine < 0 ? '--entropy' : '--accent')
}

function field(share: number, variable: string): HeatStyle {
  const strength = Math.min(1, Math.max(0, share))
  return { background: `color-mix(in srgb, var(${variable}) ${Math.round(100 * strength)}%, var(--surface))`, color: strength > STRONG ? 'var(--ground)' : 'var(--text)' }
}

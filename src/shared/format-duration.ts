/** @file Stretches of time as views and commands write them. */

/** "45 s", "12 min", "3 h 20 min": two units at most, whole seconds. */
export function formatDuration(elapsedMs: number): string {
  const seconds = Math.round(elapsedMs / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return `${minutes} min ${seconds % 60} s`
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

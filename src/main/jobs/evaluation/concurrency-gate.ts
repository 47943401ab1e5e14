/** @file Lets so many tasks run at a time and the others wait for their turn. It does not know what they do. */

/** @returns a function that runs a task as soon as fewer than `limit` are running, and settles as it does */
export function createGate(limit: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = limit
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

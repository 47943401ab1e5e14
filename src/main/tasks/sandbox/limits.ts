/** @file How much a program under test may use, each number with its reason. It does not know how a system enforces it. */

export const limits = {
  /** The reference's (docs/REFERENCE.md 11), counted from the moment that Python is ready. */
  testMs: 5_000,
  /** For Python to be ready: interpreters on network disks are slow, and other programs use the processor too. */
  startMs: 30_000,
  /** Of processor time for each process; only one that outlives its watcher meets it. */
  processorSeconds: 10,
  /** Address space of each process. Enough for numpy, and a gigabyte at once fails. */
  memoryBytes: 512 * 2 ** 20,
  /** Of each file. */
  fileBytes: 16 * 2 ** 20,
  /** Of all files in the working folder, which lies in memory where there is a cage. */
  folderBytes: 64 * 2 ** 20,
  /** Processes and threads besides those that run already. */
  processes: 64,
  /** Open at a time. */
  files: 256,
  /** Of what a test reports; what it prints is dropped unread. */
  reportBytes: 64 * 2 ** 10,
} as const

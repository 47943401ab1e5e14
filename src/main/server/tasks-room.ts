/** @file RPC room `tasks`. It does not know what a row means or how files are fetched. */
import { downloadDataset, listCachedRevisions } from '../hub/index.ts'
import { describeTasks, isNeededFile, readTableStart } from '../tasks/index.ts'
import { toRpcError } from './declare-errors.ts'
import { procedures } from './procedures.ts'

export const tasksRoom = {
  list: procedures.tasks.list.handler(async () => ({ tasks: await describeTasks() })),
  preview: procedures.tasks.preview.handler(async ({ context, input, signal }) => {
    const { samples, stamp, environment } = await context.loadTask(input.task, { signal })
    await environment.close()
    return { dataset: stamp, samples: samples.slice(0, input.count) }
  }),
  columns: procedures.tasks.columns.handler(({ input }) => readTableStart(input.path)),
  cached: procedures.tasks.cached.handler(async ({ input }) => ({ revisions: await listCachedRevisions(input.repo) })),
  download: procedures.tasks.download.handler(async function* ({ input, signal }) {
    try {
      yield* downloadDataset(input.repo, input.revision, { isWanted: (name) => isNeededFile(input.repo, name), signal })
    } catch (error) {
      // What a stream throws passes by the procedures' own catch.
      throw toRpcError(error)
    }
  }),
}

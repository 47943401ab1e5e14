/** @file RPC room `transfer`: exports and imports. It does not know formats. */
import { procedures } from './procedures.ts'

export const transferRoom = {
  export: procedures.transfer.export.handler(({ context, input }) => context.transfer.export(input.request, input.path)),
  import: procedures.transfer.import.handler(({ context, input }) => context.transfer.import(input)),
}

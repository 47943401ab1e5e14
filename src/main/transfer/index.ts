/** @file The room's door: exports, imports, reports and bundles. It knows neither the engine nor RPC. */
export { TransferError } from './errors.ts'
export { formatOfPath } from './format-extensions.ts'
export { Transfer, type TransferParts } from './transfer.ts'

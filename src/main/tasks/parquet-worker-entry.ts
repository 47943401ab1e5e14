/** @file The thread that decodes a Parquet file: it is asked for ranges of rows, one after the other. It keeps nothing. */
import { parentPort, workerData } from 'node:worker_threads'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { withDatasetFile } from './dataset-file.ts'
import type { ParquetThreadAnswer, ParquetThreadData, RowRange } from './parquet-thread.ts'

// `ParquetThread` is the only one that starts this file.
const { path, metadata, columns } = workerData as ParquetThreadData

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes that are no UTF-8 stay bytes, which no reader of rows takes for text; hyparquet would put replacement characters instead. */
const parsers = {
  stringFromBytes(bytes: Uint8Array | undefined): unknown {
    try {
      return bytes && decoder.decode(bytes)
    } catch {
      return bytes
    }
  },
}

async function answer({ rowStart, rowEnd }: RowRange): Promise<ParquetThreadAnswer> {
  try {
    const rows = await withDatasetFile(path, Infinity, (file) => parquetReadObjects({ file, metadata, compressors, parsers, columns: [...columns], rowStart, rowEnd }))
    return { rows }
  } catch (error) {
    return { problem: String(error) }
  }
}

parentPort?.on('message', (range: RowRange) => void answer(range).then((found) => parentPort?.postMessage(found)))

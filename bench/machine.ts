/** @file What a benchmark ran on, in words. It measures nothing. */
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

export function describeMachine(threads: number): Record<string, string> {
  const cores = cpus()
  return {
    processor: `${cores[0]?.model ?? 'unknown'}, ${cores.length} cores, ${threads} threads used`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${process.platform} ${process.arch}`,
    runtime: `Node ${process.versions.node}, onnxruntime-node ${onnxRuntimeVersion()}`,
  }
}

function onnxRuntimeVersion(): string {
  const path = join(import.meta.dirname, '../node_modules/onnxruntime-node/package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

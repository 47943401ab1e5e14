/** @file Finds a WebGPU adapter for tests: the machine's GPU, or the software Vulkan that comes with Chromium. It computes nothing. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GraphBuilder } from '../../src/main/engine/onnx/graph-builder.ts'
import { DeviceUnavailableError, GraphSession } from '../../src/main/engine/runtime/graph-session.ts'
import { findChromium } from './chromium.ts'

const DRIVER_FILE = 'vk_swiftshader_icd.json'
/** Where Debian's package puts it. */
const INSTALLED = '/usr/lib/chromium'

/**
 * A session on the adapter, or why there is none. While it is open, compiled shaders are kept from model to model.
 * Vulkan's loader takes the driver that `VK_DRIVER_FILES` names; where nothing names one, SwiftShader's.
 */
export async function openAdapter(): Promise<{ session: GraphSession } | { reason: string }> {
  const driver = findSwiftShader()
  if (driver !== undefined) process.env['VK_DRIVER_FILES'] ??= driver
  const graph = new GraphBuilder('adapter')
  const x = graph.input('x', 'float32', ['n'])
  graph.output('y', graph.single('Neg', [x], 'float32', x.shape))
  try {
    return { session: await GraphSession.create(graph.encode(), { device: 'webgpu', threads: 1 }) }
  } catch (error) {
    if (error instanceof DeviceUnavailableError) return { reason: error.message }
    throw error
  }
}

function findSwiftShader(): string | undefined {
  const folders = [INSTALLED]
  try {
    folders.push(dirname(realpathSync(findChromium(process.env))))
  } catch {
    // No Chromium on PATH: what is left is the package's folder.
  }
  return folders.map((folder) => join(folder, DRIVER_FILE)).find((file) => existsSync(file))
}

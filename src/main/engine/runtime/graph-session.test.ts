/** @file What is said of a device that ONNX Runtime cannot be given, and integers on their way to it. */
import { expect, test } from 'vitest'
import { DeviceUnavailableError, int64Tensor } from './graph-session.ts'

/** As ONNX Runtime 1.30 words it on a machine without a GPU driver. */
const NO_ADAPTER =
  '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n'

test.each([
  { said: NO_ADAPTER, reason: 'Failed to get a WebGPU adapter: No supported adapters' },
  { said: 'D:\\a\\_work\\1\\s\\onnxruntime\\core\\x.cc:7 device lost', reason: 'device lost' },
  { said: 'backend not found.', reason: 'backend not found.' },
])('the reason is $reason, without the place in the C++ source', ({ said, reason }) => {
  const error = new DeviceUnavailableError('webgpu', new Error(said))
  expect(error).toMatchObject({ device: 'webgpu', reason, message: `The device webgpu cannot be used: ${reason}` })
  expect((error.cause as Error).message).toBe(said)
})

test('every safe integer arrives as it is', () => {
  const values = [0, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 40 + 3, -(2 ** 40) - 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  expect(int64Tensor(values, [values.length]).data).toEqual(BigInt64Array.from(values, BigInt))
})

// onnxruntime at the workloads that are a graph: a layer, and rk4 with its loop inside. One thread.
import { layerModel, rk4Model } from './onnx.mjs'

/** { InferenceSession, Tensor, provider } of 'node' or 'web'; throws ERR_MODULE_NOT_FOUND where it is not installed. */
export async function open(kind) {
  const module = await import(kind === 'node' ? 'onnxruntime-node' : 'onnxruntime-web')
  const ort = module.default ?? module
  if (kind === 'web') ort.env.wasm.numThreads = 1
  return { ort, provider: kind === 'node' ? 'cpu' : 'wasm' }
}

/** { run, values } of a task of kind 'layer', or of rk4. */
export async function prepare({ ort, provider }, task, data) {
  const bytes = task.kind === 'layer' ? layerModel(task, data) : rk4Model(task, data)
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  })
  const feeds = { x: new ort.Tensor('float32', data.x, [task.batch, task.sizes[0]]) }
  const { y } = await session.run(feeds)
  const values = y.data.slice()
  return { run: () => session.run(feeds), values: () => values }
}

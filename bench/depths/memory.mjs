// Bytes of the core that a forward pass and a gradient of one depth take: in a thread, and so a core, of its own.
import { parentPort, workerData } from 'node:worker_threads'

let core
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given)
    core = this.exports
  }
}

const { depths, spirals } = await import('../../examples/four-depths/block.mjs')
const { vjp } = await import('relode')
const { kind, depth, rows } = workerData
const model = kind === 'equilibrium' ? depths.equilibrium() : depths[kind](1, depth)
const { x, y } = spirals(rows, 1)
model.parameters.ready()
const marks = [core.memoryTop()]
model.forward(x)
marks.push(core.memoryTop())
const [, pullback] = vjp(model, x)
pullback(y)
marks.push(core.memoryTop())
const [before, forward, gradient] = marks
parentPort.postMessage({ forward: forward - before, gradient: gradient - before })

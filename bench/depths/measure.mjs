// What a block does and costs at each depth. Only the milliseconds depend on the machine's load.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { adam, cosine, crossEntropy, fit, vjp } from 'relode'
import { accuracy, depths, share, spirals } from '../../examples/four-depths/block.mjs'

export const kinds = Object.keys(depths)
export const seen = spirals(400, 1)
export const unseen = spirals(1000, 2)

/** The four models, each trained at its own depth from the same start. */
export function trainAll(epochs) {
  const models = {}
  for (const kind of kinds) {
    const model = depths[kind]()
    const training = { loss: crossEntropy, optimizer: adam({ lr: 0.01 }), clip: 1, epochs, schedule: cosine() }
    let loss
    for (const progress of fit(model, seen, training)) loss = progress.loss
    models[kind] = model
    console.error(`trained as ${kind}: loss ${loss.toPrecision(3)}, test accuracy ${accuracy(model, unseen)}`)
  }
  return models
}

/** Test accuracy of every trained model at every depth; null where there is no equilibrium to be found. */
export function crossed(models) {
  const at = (kind, trained) => {
    try {
      return accuracy(share(depths[kind](), trained), unseen)
    } catch (error) {
      if (error.name !== 'FixedPointError') throw error
      return null
    }
  }
  return Object.fromEntries(
    kinds.map((trained) => [trained, Object.fromEntries(kinds.map((kind) => [kind, at(kind, models[trained])]))]),
  )
}

const largest = (a, b) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0)

/** How near every depth comes to the equilibrium of one block, and the evaluations it takes. */
export function approach(trained) {
  const { x } = unseen
  const exact = share(depths.equilibrium(1, 1e-6), trained).forward(x)
  const of = (model) => {
    const pass = model.pass(x, x.length / 2)
    const { nfe } = pass
    pass.free()
    return { nfe, distance: largest(model.forward(x), exact) }
  }
  const times = [1, 2, 4, 8, 16, 32, 64]
  const tolerances = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]
  return {
    composition: times.map((T) => ({ T, ...of(share(depths.composition(1, T), trained)) })),
    residual: times.map((T) => ({ T, ...of(share(depths.residual(1, T), trained)) })),
    ode: times.map((T) => ({ T, ...of(share(depths.ode(1, T, 1e-4), trained)) })),
    equilibrium: tolerances.map((tol) => ({ tol, ...of(share(depths.equilibrium(1, tol), trained)) })),
  }
}

const spread = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted.at(-1) }
}

/** Milliseconds of a forward pass and of a gradient of the whole batch, depth by depth in turn, and the evaluations of each. */
export function costs(trained, rounds) {
  const { x, y } = seen
  const models = Object.fromEntries(kinds.map((kind) => [kind, share(depths[kind](), trained)]))
  const times = Object.fromEntries(kinds.map((kind) => [kind, { forward: [], gradient: [] }]))
  const counts = {}
  for (let round = -2; round < rounds; round++) {
    for (const kind of kinds) {
      const start = performance.now()
      models[kind].forward(x)
      const middle = performance.now()
      const pass = models[kind].pass(x, 400)
      const { nfe } = pass
      pass.free()
      const [, pullback] = vjp(models[kind], x)
      const turn = performance.now()
      const { nfe: back } = pullback(y)
      pullback.dispose()
      counts[kind] = { forward: nfe, gradient: back }
      if (round < 0) continue
      times[kind].forward.push(middle - start)
      times[kind].gradient.push(performance.now() - turn)
    }
  }
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { nfe: counts[kind], ms: { forward: spread(times[kind].forward), gradient: spread(times[kind].gradient) } },
    ]),
  )
}

/** Bytes of the core for a batch of 100, against depth. */
export async function memory(deepest) {
  const result = {}
  for (const kind of kinds) {
    result[kind] = []
    for (let depth = 1; depth <= deepest; depth *= 10) {
      const worker = new Worker(new URL('./memory.mjs', import.meta.url), { workerData: { kind, depth, rows: 100 } })
      const [bytes] = await once(worker, 'message')
      result[kind].push({ depth, ...bytes })
    }
  }
  return result
}

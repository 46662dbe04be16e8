import type { Model } from '../adjoint/model.ts'
import { type Pullback, vjp } from '../adjoint/vjp.ts'
import { Arena } from '../core/arena.ts'
import { read } from '../core/boundary.ts'
import { lossGradient } from '../train/objective.ts'
import { checkTargets } from '../train/plan.ts'
import { pack } from './failure.ts'
import type { Answer, Outcome, Work } from './messages.ts'
import type { Poolable } from './parcel.ts'

/** Where the jobs of shards are done: in a worker, or in the thread of the pool where there are no workers. */
export class Desk {
  /** The models by their numbers; an error for one that could not be read. */
  readonly models: Map<number, Poolable | Error> = new Map()
  readonly #passes = new Map<number, Pullback>()

  /** Does a job; an error is an answer too. */
  work(order: Work & { readonly job: number }): Answer {
    const { job } = order
    try {
      return { job, value: this.#value(order) }
    } catch (error) {
      return { job, failure: pack(error) }
    }
  }

  /** Gives back what a pass has kept. */
  free(pass: number): void {
    this.#passes.get(pass)?.dispose()
    this.#passes.delete(pass)
  }

  #value(order: Work & { readonly job: number }): Outcome[keyof Outcome] {
    if (order.do === 'pull') return (this.#passes.get(order.pass) as Pullback)(order.dy)
    const model = this.models.get(order.model) as Poolable | Error
    if (model instanceof Error) throw model
    if (order.do === 'forward') return { y: model.forward(order.x) }
    if (order.do === 'fit') return evaluate(model, order)
    const [y, pullback] = vjp(model, order.x)
    this.#passes.set(order.job, pullback)
    return { y }
  }
}

/** Loss and gradient of a shard. */
function evaluate(model: Model, order: Extract<Work, { readonly do: 'fit' }>): Outcome['fit'] {
  const { dtype, parameters, inputs } = model
  const { x, y, loss, rows, given } = order
  const own = x.length / inputs
  const pass = model.pass(x, own)
  const arena = new Arena()
  try {
    checkTargets(given, (pass.length / own) * rows, rows)
    const [gx, gp] = [arena.zeros(dtype, x.length), arena.zeros(dtype, parameters.count)]
    const places = { gx, gp, arena }
    const result = lossGradient(model, { name: '', id: loss }, pass, arena.copy(dtype, y), places)
    const wanted = order.inputs ? { gx: read(dtype, gx, x.length) } : {}
    return { ...result, gp: read(dtype, gp, parameters.count), ...wanted }
  } finally {
    pass.free()
    arena.free()
  }
}

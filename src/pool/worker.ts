/**
 * relode/pool-worker: what runs in the workers of `relode/pool`, started by `pool` or by the factory that its option `worker` is. It
 * exports nothing.
 *
 * @module
 */

import { backsolve, reversible } from '../adjoint/index.ts'
import { core, info, takeBuild, write } from '../core/boundary.ts'
import { Equilibrium } from '../equilibrium.ts'
import { EventODE } from '../events.ts'
import { CNF } from '../flows/index.ts'
import { Compose, NeuralODE, ResNet } from '../index.ts'
import { FormatError } from '../io/safetensors.ts'
import { Recurrent } from '../recurrent.ts'
import { HamiltonianODE, Leapfrog } from '../structured/index.ts'
import { Desk } from './desk.ts'
import { parentPort } from './host.ts'
import { type Answer, buffersOf, type Notice, type Order } from './messages.ts'
import { kindOf, type Poolable } from './parcel.ts'

const READERS: Readonly<Record<string, (bytes: Uint8Array) => Poolable>> = {
  'neural-ode': (bytes) => NeuralODE.from(bytes, backsolve, reversible),
  resnet: ResNet.from,
  compose: Compose.from,
  equilibrium: Equilibrium.from,
  'event-ode': EventODE.from,
  recurrent: Recurrent.from,
  cnf: (bytes) => CNF.from(bytes, backsolve, reversible),
  'hamiltonian-ode': (bytes) => HamiltonianODE.from(bytes, backsolve, reversible),
  leapfrog: Leapfrog.from,
}

const desk = new Desk()
const post = parentPort((message) => hear(message as Order))

function hear(order: Order): void {
  if ('job' in order) answer(desk.work(order))
  else if (order.do === 'start') {
    core()
    answer({ ready: info().build })
  } else heed(order)
}

function answer(value: Answer): void {
  post(value, 'value' in value ? buffersOf(value.value) : [])
}

function heed(notice: Notice): void {
  if (notice.do === 'module') takeBuild(notice.build, () => notice.module)
  if (notice.do === 'free') desk.free(notice.pass)
  if (notice.do === 'forget') desk.models.delete(notice.model)
  if (notice.do === 'model') desk.models.set(notice.model, modelOf(notice.bytes))
  if (notice.do === 'set') set(desk.models.get(notice.model), notice)
}

/** The model, or why it cannot be read: the answer to every job that asks for it. */
function modelOf(bytes: Uint8Array): Poolable | Error {
  try {
    const kind = kindOf(bytes)
    const reader = READERS[kind]
    if (reader === undefined)
      throw new FormatError(`no worker can read a model of kind "${kind}": run it without a pool`)
    return reader(bytes)
  } catch (error) {
    return error as Error
  }
}

function set(model: Poolable | Error | undefined, { values, rates }: Extract<Notice, { readonly do: 'set' }>): void {
  if (model === undefined || model instanceof Error) return
  let from = 0
  for (const [i, block] of model.parameters.blocks.entries()) {
    block.rate = rates[i] as number
    if (values === undefined) continue
    write(block.dtype, block.parameterPointer, values.subarray(from, from + block.parameterCount))
    block.changed()
    from += block.parameterCount
  }
}

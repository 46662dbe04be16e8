/** One model of the comparison: its training, step by step on fresh points, and what is measured of it afterwards. */

import { CNF, nll } from '../../flows/index.ts'
import { adam, cosine } from '../../index.ts'
import { decodeCheckpoint } from '../../train/checkpoint.ts'
import { POINT_SEEDS, points } from './cnf-data.ts'
import { type Measured, type Measurement, makeDensity, measure } from './cnf-models.ts'
import { oneEpoch } from './epoch.ts'
import type { Step, Task } from './experiment.ts'
import { joinState, splitState } from './resnet-state.ts'

/** What decides a result, and nothing else. */
export interface Plan extends Measurement {
  /** Steps of Adam, each on fresh points, and how many these are. */
  readonly steps: number
  readonly batch: number
  /** Learning rate at the start; it falls along half a cosine. */
  readonly lr: number
}

export interface Result extends Plan, Measured {
  readonly parameters: number
  /** Mean log-density of the points of a step, before it, every so many steps. */
  readonly course: readonly { readonly step: number; readonly nats: number }[]
  /** Evaluations of the field in the last step, forth and back; of a flow of layers their number, twice. */
  readonly nfe: number
  /** Seconds of training. */
  readonly seconds: number
}

interface Tracked {
  done: number
  seconds: number
  nfe: number
  /** Sum of the log-densities since the last point of the course. */
  sum: number
  readonly course: { step: number; nats: number }[]
}

/** Points of the course of a training, and the share of a task that is training. */
const [COURSE, TRAINING] = [40, 0.9]

export const nameOf = ({ set, kind, seed }: Pick<Plan, 'set' | 'kind' | 'seed'>): string => `${set}-${kind}-${seed}`

export function trainTask(plan: Plan): Task {
  // As measured, of a step of the flow of layers.
  const cost = plan.steps * { planar: 15, mlp: 4, layers: 1 }[plan.kind]
  return { name: nameOf(plan), cost, run: (resume) => run(plan, resume) }
}

function* run(plan: Plan, resume: Uint8Array | undefined): Generator<Step, Result, undefined> {
  const { kind, steps } = plan
  const model = makeDensity(kind, plan.seed)
  const saved = resume === undefined ? undefined : splitState<Tracked>(resume, 1)
  const tracked: Tracked = saved?.state ?? { done: 0, seconds: 0, nfe: 0, sum: 0, course: [] }
  let state = saved?.parts[0]
  const checkpoint = (): Uint8Array => joinState(tracked, [state as Uint8Array])
  if (state !== undefined) restore(model, state)
  const every = Math.ceil(steps / COURSE)
  while (tracked.done < steps) {
    const began = performance.now()
    const progress = trainStep(plan, model, tracked.done, state)
    state = progress.state
    tracked.seconds += (performance.now() - began) / 1000
    tracked.nfe = progress.nfe
    tracked.sum -= progress.loss
    if (++tracked.done % every === 0) {
      tracked.course.push({ step: tracked.done, nats: tracked.sum / every })
      tracked.sum = 0
    }
    const note = `${(-progress.loss).toFixed(2)} nats`
    yield { done: (TRAINING * tracked.done) / steps, note, checkpoint }
  }
  const measuring = measure(model, plan)
  for (let next = measuring.next(); ; next = measuring.next()) {
    if (next.done) {
      const { course, nfe, seconds } = tracked
      return { ...plan, ...next.value, parameters: model.parameters.count, course, nfe, seconds }
    }
    yield { done: TRAINING, note: next.value, checkpoint }
  }
}

/** A `fit` of one step, which has the state of the last. */
function trainStep(
  { set, batch, lr, steps, seed }: Plan,
  model: ReturnType<typeof makeDensity>,
  step: number,
  state: Uint8Array | undefined,
): { loss: number; nfe: number; state: Uint8Array } {
  // The first seeds are those of the points held out.
  const fresh = points(set, batch, POINT_SEEDS * seed + 1000 + step)
  const x = model instanceof CNF ? Float32Array.from(fresh) : fresh
  const data = { x, y: new Float64Array(batch).fill(-1) }
  const options = { loss: nll, optimizer: adam({ lr }), schedule: cosine(), clip: 10, epochs: steps, seed }
  return oneEpoch(model, data, options, state)
}

/** Takes the parameters over from a training's state: one that is complete has no step left to take. */
function restore({ parameters, dtype }: ReturnType<typeof makeDensity>, state: Uint8Array): void {
  const { blocks } = decodeCheckpoint(dtype, state)
  for (const [i, block] of parameters.blocks.entries()) block.parameters = blocks.get(`parameters${i || ''}`) ?? []
}

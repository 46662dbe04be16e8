/** Figure 1, right: trainings at many depths in lock step with one at a much greater depth, and how far from it they are. */

import type { FitProgress, ResNet } from '../../index.ts'
import { limitError } from '../../theory/index.ts'
import type { Step, Task } from './experiment.ts'
import { joinState, splitState } from './resnet-state.ts'
import { type Convention, descend, lossFactor, lossOf, makeNet, type Setting } from './resnet-training.ts'

export interface LimitPlan {
  readonly name: string
  readonly activation: Setting['activation']
  readonly convention: Convention
  readonly depths: readonly number[]
  readonly reference: number
  /** Iterations after which the distances are taken; the last one ends the training. */
  readonly times: readonly number[]
}

/** Between two networks, of V and of W as functions over the depth. */
export interface Distance {
  readonly V: number
  readonly W: number
}

/** Distances to the reference, [time][depth], by the index of Theorem 4 and by the code's pairing. */
export interface LimitResult extends LimitPlan {
  readonly theorem: readonly (readonly Distance[])[]
  readonly code: readonly (readonly Distance[])[]
  /** Losses at the end, of every depth and of the reference. */
  readonly losses: readonly number[]
}

/** What the run has found so far. */
interface Found {
  readonly theorem: Distance[][]
  readonly code: Distance[][]
}

export function limitTask(plan: LimitPlan): Task {
  const { name, activation, depths, reference, times } = plan
  const iterations = times.at(-1) as number
  const layers = [...depths, reference].reduce((sum, depth) => sum + depth, 0)
  return {
    name,
    cost: layers * iterations * (activation === 'gelu' ? 1.4 : 0.6),
    run: (resume) => run(plan, iterations, resume),
  }
}

function settingOf({ activation, convention }: LimitPlan, depth: number, iterations: number): Setting {
  // One precision for all depths, or the distances would be those of two roundings.
  const model = { activation, convention, depth, dtype: 'f32', samples: 100, hidden: 32 } as const
  return { ...model, lr: 1e-2, iterations, seed: 0 }
}

function* run(
  plan: LimitPlan,
  iterations: number,
  resume: Uint8Array | undefined,
): Generator<Step, LimitResult, undefined> {
  const settings = [...plan.depths, plan.reference].map((depth) => settingOf(plan, depth, iterations))
  const nets = settings.map(makeNet)
  const runs: ReturnType<typeof descend>[] = []
  try {
    const saved = resume === undefined ? undefined : splitState<Found & { done: number }>(resume, settings.length)
    for (const [i, setting] of settings.entries()) runs.push(descend(nets[i] as ResNet, setting, saved?.parts[i]))
    const { theorem, code } = saved?.state ?? { theorem: [], code: [] }
    const found: Found = { theorem, code }
    let progress: FitProgress[] = []
    for (let done = saved?.state.done ?? 0; done <= iterations; done++) {
      // A state that was saved has its distances taken already.
      if (plan.times.includes(done) && found.code.length <= plan.times.indexOf(done)) measure(nets, found)
      if (progress.length > 0) yield stepOf(plan, progress, found, done)
      if (done < iterations) progress = runs.map((one) => one.next().value as FitProgress)
    }
    return { ...plan, ...found, losses: nets.map((net, i) => lossOf(net, settings[i] as Setting)) }
  } finally {
    for (const one of runs) one.return()
    for (const net of nets) net.dispose()
  }
}

function stepOf(plan: LimitPlan, progress: readonly FitProgress[], found: Found, done: number): Step {
  const loss = lossFactor(plan.convention) * (progress.at(-1) as FitProgress).loss
  return {
    done: done / (plan.times.at(-1) as number),
    note: `iteration ${done}, loss ${loss.toPrecision(3)}`,
    checkpoint: () =>
      joinState(
        { ...found, done },
        progress.map((one) => one.checkpoint()),
      ),
  }
}

function measure(nets: readonly ResNet[], { theorem, code }: Found): void {
  const shallow = [...nets]
  const reference = shallow.pop() as ResNet
  const parameters = reference.field.parameters
  theorem.push(
    shallow.map((net) => {
      const { tensors } = limitError(net, reference)
      return { V: tensors.get('V.weight') as number, W: tensors.get('W.weight') as number }
    }),
  )
  code.push(shallow.map((net) => codeDistance(net, reference.depth, parameters)))
}

/** The distance of the published code: layer i of L beside layer floor(i N / L) of the reference, root of the mean square. */
function codeDistance({ depth, field }: ResNet, reference: number, theirs: ArrayLike<number>): Distance {
  const own = field.parameters
  const [size, split] = [own.length / depth, own.length / depth / 2]
  // W comes first in every layer, and V is as long.
  const square = [0, 0]
  for (let i = 0; i < depth; i++) {
    const from = Math.floor((i * reference) / depth) * size
    for (let e = 0; e < size; e++) {
      const d = (own[i * size + e] as number) - (theirs[from + e] as number)
      square[e < split ? 0 : 1] = (square[e < split ? 0 : 1] as number) + d * d
    }
  }
  const [W, V] = square.map((sum) => Math.sqrt(sum / depth)) as [number, number]
  return { V, W }
}

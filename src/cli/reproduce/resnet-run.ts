/** One training as a task: how far its layers are apart, and its loss, at chosen iterations. */

import type { FitProgress, ResNet } from '../../index.ts'
import { depthSmoothness } from '../../theory/index.ts'
import type { Step, Task } from './experiment.ts'
import { joinState, splitState } from './resnet-state.ts'
import { descend, lossFactor, lossOf, makeNet, type Setting, WIDTH } from './resnet-training.ts'

export interface RunPlan {
  readonly name: string
  readonly setting: Setting
  /** Iterations after which the training is recorded. */
  readonly times: readonly number[]
  /** Those of them at which one entry of every V_k and W_k is kept. */
  readonly curves: readonly number[]
  /** Measure after every iteration, for the maximum over all of them and for the code's sum. */
  readonly track: boolean
}

/** How V or W changes from layer to layer: the largest step, the mean one, and one entry of every layer where it is kept. */
export interface Tensor {
  readonly maxStep: number
  readonly meanStep: number
  readonly relStep: number
  readonly entries?: readonly number[]
}

/** The training after iteration t. */
export interface Record {
  readonly t: number
  readonly loss: number
  readonly V: Tensor
  readonly W: Tensor
  /** max over k and all iterations so far of max(|V_{k+1} - V_k|, |W_{k+1} - W_k|); null where not tracked. */
  readonly max: number | null
  /** The published code's quantity: root of the sum of |Z_{k+1} - Z_k|^2 over k and all iterations so far, if tracked. */
  readonly sum: number | null
}

export interface RunResult {
  readonly setting: Setting
  readonly records: readonly Record[]
}

/** What runs along with the training. */
interface Tracked {
  done: number
  max: number
  /** Sum of |Z_{k+1} - Z_k|^2 over k and all iterations so far. */
  squares: number
  readonly records: Record[]
}

export function runTask(plan: RunPlan): Task {
  const { activation, depth, samples, hidden, dtype, iterations } = plan.setting
  const work = depth * iterations * (samples / 100) * (hidden / 32)
  // As measured: GELU is dearer than ReLU, and the more so in f64.
  const factor = activation === 'relu' ? 1 : dtype === 'f64' ? 4 : 2.5
  return { name: plan.name, cost: work * factor, run: (resume) => run(plan, resume) }
}

function* run(plan: RunPlan, resume: Uint8Array | undefined): Generator<Step, RunResult, undefined> {
  const { setting, times, track } = plan
  const net = makeNet(setting)
  try {
    const saved = resume === undefined ? undefined : splitState<Tracked>(resume, 1)
    const tracked = saved?.state ?? { done: 0, max: 0, squares: 0, records: [] }
    if (saved === undefined) record(plan, net, tracked)
    for (const progress of descend(net, setting, saved?.parts[0])) {
      tracked.done = progress.epoch
      if (track || times.includes(tracked.done)) record(plan, net, tracked)
      yield stepOf(progress, tracked, setting)
    }
    return { setting, records: tracked.records }
  } finally {
    net.dispose()
  }
}

function stepOf(progress: FitProgress, tracked: Tracked, { iterations, convention }: Setting): Step {
  const loss = lossFactor(convention) * progress.loss
  return {
    done: tracked.done / iterations,
    note: `iteration ${tracked.done}, loss ${loss.toPrecision(3)}`,
    checkpoint: () => joinState(tracked, [progress.checkpoint()]),
  }
}

function record({ setting, times, curves, track }: RunPlan, net: ResNet, tracked: Tracked): void {
  const { all, tensors } = depthSmoothness(net, { norm: 'max' })
  const found = [...tensors.values()]
  tracked.squares += found.reduce((sum, { h1 }) => sum + h1 ** 2 / setting.depth, 0)
  tracked.max = Math.max(tracked.max, all.maxStep)
  const t = tracked.done
  if (!times.includes(t)) return
  const entries = curves.includes(t)
  const [V, W] = ['V.weight', 'W.weight'].map((name): Tensor => {
    const { maxStep = 0, meanStep = 0, relStep = 0 } = tensors.get(name) ?? {}
    return { maxStep, meanStep, relStep, ...(entries ? { entries: entriesOf(net, name) } : {}) }
  }) as [Tensor, Tensor]
  const totals = track ? { max: tracked.max, sum: Math.sqrt(tracked.squares) } : { max: null, sum: null }
  tracked.records.push({ t, loss: lossOf(net, setting), V, W, ...totals })
}

/** The entry in the second row and third column of every layer, to six digits. */
function entriesOf(net: ResNet, name: string): number[] {
  const { data, shape } = net.field.tensors().get(name) ?? { data: [], shape: [0, 0, 0] }
  const [depth = 0, rows = 0, columns = WIDTH] = shape
  return Array.from({ length: depth }, (_, k) => {
    return Number((data[k * rows * columns + columns + 2] as number).toPrecision(6))
  })
}

import { type Dtype, type Pointer, verbs } from '../core/boundary.ts'
import { checkBelow, checkNonNegative, checkPositive } from '../core/check.ts'
import { power } from './schedules.ts'

/** An optimizer: a rule for one step, and how many state vectors of the parameters' size it keeps. */
export interface Optimizer {
  readonly name: string
  /** Learning rate; `fit` multiplies it by the schedule's factor. */
  readonly lr: number
  readonly slots: number
  /** true: n, g and d are of all parameters, and the step moves them by `look` alone, to the last point it looks at. Default false. */
  readonly whole?: boolean
  /** x -= lr * (something of g), in the core; `t` = 1, 2, ... counts the steps. */
  step(
    dtype: Dtype,
    n: number,
    x: Pointer,
    g: Pointer,
    slots: readonly Pointer[],
    lr: number,
    t: number,
    look?: Look,
  ): void
}

/** What a step may look at: the loss where it begins, and elsewhere. */
export interface Look {
  readonly loss: number
  /** Moves to x + length d. Returns the loss there, Infinity where a solve fails; its gradient is then in g. */
  readonly at: (length: number, d: Pointer) => number
}

/** Options of Adam, AdamW and RAdam. */
export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number
  /** Default 0.9. */
  readonly beta1?: number
  /** Default 0.999. */
  readonly beta2?: number
  /** Default 1e-8. */
  readonly eps?: number
  /** Default 0 (adam, radam), 0.01 (adamw). */
  readonly weightDecay?: number
}

/** The options, checked. */
export function adamSettings(options: AdamOptions, decay: number): Required<AdamOptions> {
  return {
    lr: checkPositive('lr', options.lr ?? 1e-3),
    beta1: checkBelow('beta1', options.beta1 ?? 0.9, 0, 1),
    beta2: checkBelow('beta2', options.beta2 ?? 0.999, 0, 1),
    eps: checkPositive('eps', options.eps ?? 1e-8),
    weightDecay: checkNonNegative('weightDecay', options.weightDecay ?? decay),
  }
}

function adamRule(name: string, options: AdamOptions, decay: number, decoupled: boolean): Optimizer {
  const { lr, beta1, beta2, eps, weightDecay } = adamSettings(options, decay)
  return {
    name,
    lr,
    slots: 2,
    step(dtype, n, x, g, [m, v], rate, t) {
      const [c1, c2] = [1 - power(beta1, t), 1 - power(beta2, t)]
      verbs(dtype).adam(n, x, g, m as Pointer, v as Pointer, rate, beta1, beta2, eps, c1, c2, weightDecay, decoupled)
    },
  }
}

/** Adam (Kingma, Ba 2015); weight decay, if any, is added to the gradient. */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamRule('adam', options, 0, false)
}

/** AdamW (Loshchilov, Hutter 2019): Adam with decoupled weight decay. */
export function adamw(options: AdamOptions = {}): Optimizer {
  return adamRule('adamw', options, 0.01, true)
}

/** Options of SGD. */
export interface SGDOptions {
  /** Default 1e-2. */
  readonly lr?: number
  /** Default 0. */
  readonly momentum?: number
  /** Default false. */
  readonly nesterov?: boolean
  /** Added to the gradient. Default 0. */
  readonly weightDecay?: number
}

/** Stochastic gradient descent with momentum, PyTorch's form: v = momentum v + g; x -= lr v. */
export function sgd(options: SGDOptions = {}): Optimizer {
  const momentum = checkBelow('momentum', options.momentum ?? 0, 0, 1)
  const weightDecay = checkNonNegative('weightDecay', options.weightDecay ?? 0)
  const nesterov = options.nesterov ?? false
  if (nesterov && momentum === 0) throw new RangeError('nesterov needs momentum > 0, got 0')
  return {
    name: 'sgd',
    lr: checkPositive('lr', options.lr ?? 1e-2),
    slots: 1,
    step(dtype, n, x, g, [v], rate) {
      verbs(dtype).sgd(n, x, g, v as Pointer, rate, momentum, nesterov, weightDecay)
    },
  }
}

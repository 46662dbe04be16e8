import { type Pointer, verbs } from '../core/boundary.ts'
import { type AdamOptions, adamSettings, type Optimizer } from './optimizers.ts'
import { power } from './schedules.ts'

/**
 * RAdam (Liu et al. 2020), PyTorch's form: Adam whose step is scaled by how far the variance of its denominator can be trusted,
 * and gradient descent with momentum while it cannot (the first five steps with the default beta2). Weight decay, if any, is
 * added to the gradient.
 */
export function radam(options: AdamOptions = {}): Optimizer {
  const { lr, beta1, beta2, eps, weightDecay } = adamSettings(options, 0)
  const longest = 2 / (1 - beta2) - 1
  return {
    name: 'radam',
    lr,
    slots: 2,
    step(dtype, n, x, g, [m, v], rate, t) {
      const decayed = power(beta2, t)
      const [c1, c2] = [1 - power(beta1, t), 1 - decayed]
      const length = longest - (2 * t * decayed) / c2
      const update = (size: number, floor: number, c: number): void =>
        verbs(dtype).adam(n, x, g, m as Pointer, v as Pointer, size, beta1, beta2, floor, c1, c, weightDecay, false)
      // Adam's denominator sqrt(v / c) + floor is 1 for these two.
      if (length <= 5) return update(rate, 1, Infinity)
      const trust = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)
      // PyTorch adds eps to sqrt(v), before the correction.
      update(rate * Math.sqrt(trust), eps / Math.sqrt(c2), c2)
    },
  }
}

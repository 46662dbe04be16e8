/** What a latent model is told of the world, as programs: observations given the latent state, and the draw of the state itself. */

import { checkInt, checkPositive } from '../core/check.ts'
import { log } from '../core/elementwise.ts'
import { Block, type BlockOptions } from '../program/block.ts'
import type { Builder, Register } from '../program/builder.ts'
import { scatter } from '../program/cell-ops.ts'
import { Field, type FieldOptions } from '../program/field.ts'

/** Columns that a likelihood reads of one time: values (0 where missing), whether each is there, and 1 at the last time. */
export function likelihoodWidth(features: number): number {
  return 2 * features + 1
}

/** A column of ones, times `value`. */
function filled(p: Builder, value: number): Register {
  return p.scale(p.activate(p.scale(p.slice(p.state, 0, 1), 0), 'exp'), value)
}

/** The sum of the columns of x, a column. */
function total(p: Builder, x: Register): Register {
  return scatter(p, x, new Array<number>(x.width).fill(0), 1)
}

/** x^2 / 2 */
function half(p: Builder, x: Register): Register {
  return p.scale(p.mul(x, x), 0.5)
}

/** What is observed at one time. */
export interface Observation {
  readonly values: Register
  readonly mask: Register
  /** 1 at the last of the times, else 0: a column. */
  readonly last: Register
}

/**
 * A likelihood: -log p(observed at one time | what the decoder says, or the state where there is none), as a program that ends with one
 * column. Its sum over the times is the reconstruction part of -ELBO.
 *
 * @param inputs width of what the decoder says
 * @param features values of an observation
 */
export function likelihood(
  inputs: number,
  features: number,
  write: (p: Builder, observed: Observation) => Register,
  options: BlockOptions = {},
): Block {
  checkInt('features', features, 1, 32766)
  return new Block(
    inputs,
    1,
    (p) => {
      const input = p.input(likelihoodWidth(features))
      return write(p, {
        values: p.slice(input, 0, features),
        mask: p.slice(input, features, features),
        last: p.slice(input, 2 * features, 1),
      })
    },
    options,
  )
}

/** Gaussian observations of deviation sigma around the decoder's output: sum over what is there of (x - m)^2 / (2 sigma^2) + log(sigma sqrt(2 pi)). */
export function gaussian(features: number, sigma: number, options: BlockOptions = {}): Block {
  checkPositive('sigma', sigma)
  const norm = log([sigma * Math.sqrt(2 * Math.PI)])[0] as number
  return likelihood(
    features,
    features,
    (p, { values, mask }) => {
      const error = p.scale(p.add(values, p.scale(p.state, -1)), 1 / sigma)
      return p.add(total(p, p.mul(mask, half(p, error))), p.mul(total(p, mask), filled(p, norm)))
    },
    options,
  )
}

/**
 * Events of an inhomogeneous Poisson process, n of them at a time (missing: none): -sum n log lambda + the integral of lambda, of a state as
 * `intensityField` makes it. No decoder.
 * @param latent width of the latent state
 */
export function poissonProcess(latent: number, options: BlockOptions = {}): Block {
  checkInt('latent', latent, 1, 65535)
  return likelihood(
    latent + 1,
    1,
    (p, { values, last }) => {
      const charged = p.mul(values, p.slice(p.state, 0, 1))
      return p.add(p.mul(last, p.slice(p.state, latent, 1)), p.scale(charged, -1))
    },
    options,
  )
}

/**
 * A latent field of which the first component is the logarithm of an intensity lambda, and one component more, the last, its integral:
 * dz/dt as `write` says, dLambda/dt = exp(z_0). The prior and the recognition know z alone.
 */
export function intensityField(
  latent: number,
  write: (p: Builder, z: Register) => Register,
  options: FieldOptions = {},
): Field {
  checkInt('latent', latent, 1, 65535)
  return new Field(
    latent + 1,
    (p) => {
      const dz = write(p, p.slice(p.state, 0, latent))
      return p.concat(dz, p.activate(p.slice(p.state, 0, 1), 'exp'))
    },
    options,
  )
}

/** [mean | log variance | deviates] -> mean + exp(log variance / 2) deviates, and zeros behind up to `width`. */
export function draw(latent: number, width: number, options: BlockOptions): Block {
  return new Block(
    3 * latent,
    width,
    (p) => {
      const [mean, logVariance, deviates] = [0, 1, 2].map((i) => p.slice(p.state, i * latent, latent)) as [
        Register,
        Register,
        Register,
      ]
      const z = p.add(mean, p.mul(deviates, p.activate(p.scale(logVariance, 0.5), 'exp')))
      return width === latent ? z : p.concat(z, p.scale(p.slice(p.state, 0, width - latent), 0))
    },
    options,
  )
}

/** [mean | log variance | deviates] -> KL(N(mean, variance) | N(0, 1)) = sum (mean^2 + variance - log variance - 1) / 2. */
export function divergence(latent: number, options: BlockOptions): Block {
  return new Block(
    3 * latent,
    1,
    (p) => {
      const [mean, logVariance] = [p.slice(p.state, 0, latent), p.slice(p.state, latent, latent)]
      const spread = p.scale(p.add(p.activate(logVariance, 'exp'), p.scale(logVariance, -1)), 0.5)
      return p.add(total(p, p.add(half(p, mean), spread)), filled(p, -latent / 2))
    },
    options,
  )
}

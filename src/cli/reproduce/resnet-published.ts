/**
 * Values to stand beside ours. The figures of Marion et al. 2024 are printed without numbers: these are from an independent
 * implementation of the same trainings (numpy, f64, `default_rng(0)`: inputs, targets, weights), in the digits it was given in.
 */

/** Of one depth, in the order: max at T = 50, the code's sum at T = 50, max at T = 500, loss at T = 500. */
export type DepthValues = readonly [
  max50: number | undefined,
  sum50: number | undefined,
  max500: number,
  loss500?: number,
]

export const DEPTH: Readonly<Record<string, Readonly<Record<number, DepthValues>>>> = {
  'gelu-code': {
    4: [4.09e-2, 2.41e-1, 6.94e-1, 0.9568],
    16: [9.68e-3, 1.23e-1, 1.68e-1, 1.0135],
    256: [5.98e-4, 3.09e-2, 1.1e-2, 1.0284],
  },
  'relu-code': {
    4: [4e-2, 2.38e-1, 6.5e-1, 0.9646],
    16: [9.52e-3, 1.21e-1, 1.63e-1, 1.0183],
    256: [5.87e-4, 3.04e-2, 1.05e-2, 1.0326],
  },
  'gelu-paper': {
    4: [undefined, undefined, 1.34e-1],
    16: [undefined, undefined, 3.26e-2],
    64: [undefined, undefined, 8.1e-3],
    256: [undefined, undefined, 2.02e-3],
  },
  'relu-paper': {
    4: [undefined, undefined, 1.5e-1],
    16: [undefined, undefined, 3.6e-2],
    64: [undefined, undefined, 8.94e-3],
    256: [undefined, undefined, 4.87e-3],
  },
}

/** Distance to L = 1024 at T = 50, code scaling and pairing, of V and of W. */
export const LIMIT: Readonly<Record<string, Readonly<Record<number, readonly [V: number, W?: number]>>>> = {
  gelu: { 2: [5.69e-2, 1.31e-3], 8: [1.32e-2, 2.92e-4], 32: [3.17e-3, 6.97e-5], 128: [7.13e-4, 1.56e-5] },
  relu: { 2: [5.61e-2, 1.29e-3], 128: [7.04e-4, 1.73e-5] },
}

/** The long training: loss, largest step of V and of W. */
export const LONG_TIMES: Readonly<Record<string, Readonly<Record<number, readonly [number, number?, number?]>>>> = {
  gelu: {
    0: [1.842, 0, 0],
    100: [0.985, 5.8e-3, 1.5e-4],
    1000: [0.397, 6.5e-2, 7.1e-3],
    10000: [7.07e-3, 0.602, 0.172],
  },
  relu: {
    0: [1.842, 0, 0],
    100: [0.992, 5.7e-3, 5.2e-4],
    1000: [0.421, 6.3e-2, 1.8e-2],
    10000: [8.25e-3, 0.607, 0.2],
    20000: [9.47e-4, 0.806, 0.298],
  },
}

/** Starts at L = 64, T = 500: mean step of V, mean step of W, loss. */
export const START: Readonly<Record<string, readonly [string, string, string]>> = {
  tied: ['0.030', '0.004-0.005', '1.03'],
  independent: ['2.6', '32', '0.90'],
}

/** The counter-example: weights of the dead layers and of the living ones. */
export const RELU: Readonly<Record<number, readonly [number, number]>> = {
  16: [-0.0625, 1.4481],
  64: [-0.0156, 1.4014],
  256: [-0.0039, 1.3901],
}

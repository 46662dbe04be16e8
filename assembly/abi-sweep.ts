// As abi.ts, for the way back: `drive/sweep`.

/** One reverse sweep over a finished solve. */
export const GRAD_SOLVE = 0
/** Cotangents of the outputs, one state per output time. */
export const GRAD_OUT = 4
export const GRAD_Y0 = 8
/** Parameter cotangent; the sweep adds to it. */
export const GRAD_PARAMS = 12
/** Cotangents of the output times (f64). */
export const GRAD_OUT_TIMES = 16
/** Cotangents of the grid times, STEPS_GRID only (f64). */
export const GRAD_GRID = 20
export const GRAD_T0 = 24
export const GRAD_T1 = 32
/** Steps taken again to rebuild states between checkpoints. */
export const GRAD_RECOMPUTED = 40
export const GRAD_NFE = 44
/** Stops that adaptive steps had to land on (f64, in the direction of the solve): they stay where they are. */
export const GRAD_STOPS = 48
export const GRAD_STOP_COUNT = 52
export const GRAD_SIZE = 56

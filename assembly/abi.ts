// Ids and byte offsets shared by both sides of the boundary. asc and tsc compile this one file, so a number stands once:
// the core reads a struct by `load<T>(p, OFFSET)`, TypeScript writes it by the same OFFSET. Pointers and counts are i32,
// times and tolerances f64.

/** Bit i is set where the derivative of activation i needs its input; that of the others follows from the output. */
export const NEEDS_INPUT = 0b10_0111_0000
/** Bit i is set where the derivative of activation i jumps at 0. */
export const KINKED = 0b110
/** SLOPE + i is the derivative of activation i, a function of what NEEDS_INPUT says; 2 SLOPE + i that of this (not of softplus, silu). */
export const SLOPE = 16

/** What a drive returns. The sentences that belong to them are in `src/core/errors.ts`. */
export const STATUS_OK = 0
export const STATUS_MAX_STEPS = 1
export const STATUS_STEP_UNDERFLOW = 2
export const STATUS_NON_FINITE_FIELD = 3
export const STATUS_NON_FINITE_STATE = 4
export const STATUS_NOT_CONVERGED = 5
export const STATUS_NON_FINITE_ITERATE = 6
/** No end: the drive waits, after a step (SOLVE_PAUSE) or on SOLVE_STOP, and goes on when `solve` is called again. */
export const STATUS_PAUSED = -1
/** Ends on which TypeScript decides while a drive waits. */
export const STATUS_MAX_EVALUATIONS = 16
export const STATUS_TIME_OVER = 17
export const STATUS_ABORTED = 18
export const STATUS_STEADY = 19
export const STATUS_TIME_OVERFLOW = 20

/** A field: a program of ops on registers, or a JavaScript function behind the import. */
export const FIELD_KIND = 0
export const FIELD_DIM = 4
export const FIELD_OPS = 8
export const FIELD_OP_COUNT = 12
export const FIELD_WIDTHS = 16
export const FIELD_REG_COUNT = 20
export const FIELD_OUT = 24
export const FIELD_PARAMS = 28
export const FIELD_PACKED = 32
export const FIELD_ID = 36
/** Parameter sets, one after the other: step i of a solve uses set i mod FIELD_LAYERS. Elements from one set to the next. */
export const FIELD_LAYERS = 40
export const FIELD_LAYER_PARAMS = 44
export const FIELD_LAYER_PACKED = 48
/** f64, > 0: the layers are knots of a function of time on [0, FIELD_SPAN) instead, piecewise linear; see `program/blend`. */
export const FIELD_SPAN = 56
/** Of a JavaScript field: 1 + the ids of its Jacobian, row-major, and of its derivative by time; 0 = none. */
export const FIELD_JACOBIAN = 64
export const FIELD_TIME_DERIVATIVE = 68
/** The signal that the program reads (SIGNAL_*); 0 = none. */
export const FIELD_SIGNAL = 72
export const FIELD_SIZE = 80

export const FIELD_PROGRAM = 0
export const FIELD_HOST = 1
/** The adjoint equation of program FIELD_OF: y of FIELD_ROWS rows, its cotangent a, that of the parameters if the rest is for it. */
export const FIELD_ADJOINT = 2
export const FIELD_OF = 8
export const FIELD_ROWS = 12
/** Values in the controller's norm, tolerances for them, and four pointers to room: for dy, a, the cotangents of y and parameters. */
export const FIELD_NORMED = 16
export const FIELD_SCALES = 20
export const FIELD_ROOM = 24

/** One instruction. Registers are SSA: an op writes DST, nothing else ever does. */
export const OP_CODE = 0
export const OP_DST = 4
export const OP_A = 8
export const OP_B = 12
export const OP_ACT = 16
/** Element offsets into the parameter block; -1 = no bias. */
export const OP_WEIGHT = 20
export const OP_BIAS = 24
/** Element offsets into the packed block: panels for the forward product and for the input gradient (-1 = none). */
export const OP_PACK = 28
export const OP_PACK_T = 32
/** Register that keeps the input of the activation where its derivative needs it; -1 = none. */
export const OP_PRE = 36
export const OP_FLAGS = 40
/** First column of a slice; of OP_SIGNAL, which derivative. */
export const OP_FROM = 44
/** Factor of OP_SCALE, f64. */
export const OP_FACTOR = 48
export const OP_BYTES = 56

export const OP_DENSE = 0
export const OP_ACTIVATE = 1
export const OP_ADD = 2
export const OP_MUL = 3
export const OP_SCALE = 4
export const OP_CONCAT = 5
export const OP_SLICE = 6
export const OP_TIME = 7
export const OP_SIGNAL = 8
/** Of these two OP_PACK is the address of the indices (i32), one for each column of DST, or of A. */
export const OP_GATHER = 9
export const OP_SCATTER = 10
export const OP_DIVIDE = 11
export const OP_INNER = 12
export const OP_OUTER = 13

/** The cotangent of A (of B) already holds something when the transpose reaches this op: add instead of write. */
export const FLAG_ADD_A = 1
export const FLAG_ADD_B = 2
/** Done for the first row, since all have one result (`src/program/once`); copied to the others, whose cotangents are its own. */
export const FLAG_ONE = 4
export const FLAG_SPREAD = 8

/** A signal: a piecewise polynomial of time, in f64. Piece 0 is what comes before the first knot, piece i begins at knot i - 1. */
export const SIGNAL_KNOTS = 0
export const SIGNAL_COUNT = 4
export const SIGNAL_DEGREE = 8
/** Values at one time: those of one path for all rows, or of several paths one after the other. */
export const SIGNAL_LENGTH = 12
/** [pieces, DEGREE + 1, LENGTH], lowest power first, in t less the knot that the piece begins at (piece 0: the first). */
export const SIGNAL_COEFFICIENTS = 16
/** 1 = steps end at the knots, and see a derivative that jumps there from their own side. */
export const SIGNAL_SIDED = 20
/** The piece that the step at hand lies in, where it is SIDED; -1 = none. */
export const SIGNAL_PIECE = 24
/** Of several paths: the one that each row of the batch follows (i32); 0 = row i follows path i. */
export const SIGNAL_ORDER = 28
/** Where a sweep adds the cotangents of the coefficients (f64); 0 = nowhere. */
export const SIGNAL_GRADIENT = 32
export const SIGNAL_SIZE = 40

/** A Runge-Kutta tableau. Coefficients that meet the state (a, b, error) are stored in its precision, c and dense in f64. */
export const TABLEAU_STAGES = 0
export const TABLEAU_ORDER = 4
/** The stage that is f at the new point; -1 = none. From TABLEAU_STAGES on it is one that only dense output takes. */
export const TABLEAU_END = 8
export const TABLEAU_DEGREE = 12
export const TABLEAU_C = 16
export const TABLEAU_A = 20
export const TABLEAU_B = 24
export const TABLEAU_ERROR = 28
export const TABLEAU_DENSE = 32
/** 1 = no Runge-Kutta method but the map step y <- f(t, y). */
export const TABLEAU_MAP = 36
/** Weights of the second, lower error estimate; 0 = none. */
export const TABLEAU_ERROR_LOW = 40
/** Stages of dense output: those of the step, then the extra ones. Rows of `a` are as long, and `dense` has as many. */
export const TABLEAU_DENSE_STAGES = 44
/**
 * A Rosenbrock method: what it has besides (f64), gamma, then for s stages s gamma_i, s weights of the embedded estimate and
 * the square of C; 0 = none. Its stage 0 is f at the start of the step, without weight, as every step finds it there. Behind the
 * s stages TABLEAU_STAGES counts one more, which is what the controller sees.
 */
export const TABLEAU_ROSENBROCK = 48
/** For a watch on stiffness (f64): a stage at c = 1, and the h lambda at the edge of the region of stability; 0 = none. */
export const TABLEAU_WATCH = 52
/** A method made reversible: what it has besides (abi, TWIN_*); 0 = a method as it is. It has no TABLEAU_END then. */
export const TABLEAU_TWIN = 56
/**
 * In f64 and in the whole core: where the terms of each stage begin, then those of b, then their end. A term is a weight that is not 0 and,
 * TERM_STAGE behind, 4 times its stage.
 */
export const TABLEAU_TERMS = 60
export const TERM_STAGE = 8
export const TERM_SIZE = 16
export const TABLEAU_SIZE = 64
/** The most stages a tableau may have, with those of its dense output. */
export const MAX_STAGES = 32

/** The second solution of a reversible solve: where it is, where its next is put, TWIN_STAGES stages (the last has a weight), ... */
export const TWIN_Y = 0
export const TWIN_NEXT = 4
export const TWIN_K = 8
export const TWIN_STAGES = 12
/** ... steps accepted so far, and of the difference to the first step i leaves 1 - 1 / (TWIN_SHARE + i TWIN_FADE) (f64). */
export const TWIN_STEPS = 16
export const TWIN_SHARE = 24
export const TWIN_FADE = 32
export const TWIN_SIZE = 40

/** How the steps are chosen. */
export const STEPS_ADAPTIVE = 0
/** STEP_COUNT equal steps from t0 to t1. */
export const STEPS_UNIFORM = 1
/** STEP_COUNT steps of length H0 (signed) from t0; the last one ends at t1. */
export const STEPS_LENGTH = 2
/** Steps between the STEP_COUNT + 1 times at SOLVE_GRID. */
export const STEPS_GRID = 3
/** The same, where the outputs do not move with the times of the grid, but for the last. */
export const STEPS_MARKED = 4

/** One solve: what is asked (written by TypeScript, in the order of these numbers, the f64 and the i32 in one go each) ... */
export const SOLVE_T0 = 0
export const SOLVE_T1 = 8
export const SOLVE_H0 = 16
export const SOLVE_H_MIN = 24
export const SOLVE_H_MAX = 32
export const SOLVE_SAFETY = 40
export const SOLVE_FACTOR_MIN = 48
export const SOLVE_FACTOR_MAX = 56
export const SOLVE_FIELD = 64
export const SOLVE_TABLEAU = 68
export const SOLVE_ARENA = 72
export const SOLVE_BATCH = 76
export const SOLVE_Y0 = 80
export const SOLVE_OUT_TIMES = 84
export const SOLVE_OUT_COUNT = 88
export const SOLVE_OUT = 92
export const SOLVE_RTOL = 96
export const SOLVE_ATOL = 100
export const SOLVE_MAX_STEPS = 104
export const SOLVE_STEPS = 108
export const SOLVE_STEP_COUNT = 112
export const SOLVE_GRID = 116
/** Checkpoint slots the trajectory may fill; 0 = keep none (no gradient asked). */
export const SOLVE_SLOTS = 120
/** Bytes for the tape of the evaluations, which spares the way back to make them again; 0 = none. */
export const SOLVE_TAPE = 372
/** 1 = keep the stages of every accepted step for dense output. */
export const SOLVE_KEEP_STAGES = 124
/** 1 = k[0] is the derivative at the start of the next step (fixed steps). */
export const SOLVE_KNOWN = 128
/** ... and what came out (written by the core). */
export const SOLVE_NFE = 132
export const SOLVE_ACCEPTED = 136
export const SOLVE_REJECTED = 140
/** Outputs written so far. */
export const SOLVE_OUT_DONE = 144
/** Index into the state of the first value that is not finite, or of the one that held the step; -1 = none. */
export const SOLVE_COMPONENT = 148
export const SOLVE_T = 152
export const SOLVE_H = 160
export const SOLVE_H_SMALLEST = 168
export const SOLVE_H_LARGEST = 176
/** Times t_0 ... t_n of the accepted steps (f64, accepted + 1 of them), when stages are kept, or slots and the steps are adaptive. */
export const SOLVE_TIMES = 184
/** Per accepted step: y and the stages of dense output (state precision), when SOLVE_KEEP_STAGES. */
export const SOLVE_STAGES = 188
/** Work of the core between the drive and the reverse sweep. */
export const SOLVE_EVAL = 192
export const SOLVE_TRAJECTORY = 196
export const SOLVE_K = 200
export const SOLVE_Y = 204
export const SOLVE_Y_NEXT = 208
export const SOLVE_Y_STAGE = 212
/** Of the last adaptive step: its error, a state. Not in the core for inference. */
export const SOLVE_ESTIMATE = 216
/**
 * The controller: the next step is this one * SAFETY * e^-POWER * e_last^-POWER_LAST * e_before^-POWER_BEFORE, e the errors of
 * this step and of the two accepted before it; after a rejected step * SAFETY * e^-POWER_REJECTED.
 */
export const SOLVE_POWER = 224
export const SOLVE_POWER_LAST = 232
export const SOLVE_POWER_BEFORE = 240
export const SOLVE_POWER_REJECTED = 248
/** 1 = an accepted step never makes the next one shorter, and one after a rejected step may be longer. */
export const SOLVE_EAGER = 256
/** An error from which on, below 1, the factor is 1. */
export const SOLVE_CALM = 376
/** Its memory: 1 after a rejected step, and the errors (f64). */
export const SOLVE_WAS_REJECTED = 260
export const SOLVE_ERROR_LAST = 264
export const SOLVE_ERROR_BEFORE = 272
/** Of a Rosenbrock method: Jacobians computed, and behind it matrices factorised, those of all rows counted as one. */
export const SOLVE_JACOBIANS = 280
export const SOLVE_FACTORISATIONS = 284
/** The watch on stiffness: stiff steps on end, others since, and the time of the first verdict; 0 = none. */
export const SOLVE_STIFF_STEPS = 288
export const SOLVE_OTHER_STEPS = 292
export const SOLVE_STIFF_AT = 296
export const SOLVE_STIFF_GAP = 304
/** A time on which a step must end, and the drive then waits; NaN = none. */
export const SOLVE_STOP = 312
/** 1 = the drive waits after every step it has tried. */
export const SOLVE_PAUSE = 320
/** How `solve` goes to work (RESUME_*), and what adaptive steps keep from one to the next: length, bad ones, caution. */
export const SOLVE_RESUME = 324
export const SOLVE_H_NEXT = 328
export const SOLVE_FAILURES = 336
export const SOLVE_WARY = 340
/** Error of the last adaptive step, in units of the tolerance. */
export const SOLVE_ERROR = 344
/** End of the adaptive step that is tried, and whether it is the first. */
export const SOLVE_T_NEXT = 352
export const SOLVE_FIRST = 360
/** How a solve among others ended. */
export const SOLVE_STATUS = 364
/** Where kinks are located: what that needs (KINK_*); 0 = nothing. */
export const SOLVE_KINKS = 368
export const SOLVE_SIZE = 384

/** From the start; on from where the drive waits; from there with a new derivative and a new first step. */
export const RESUME_NOT = 0
export const RESUME_ON = 1
export const RESUME_ANEW = 2

/** Losses; `kernels/loss` holds value and cotangent of each. */
export const LOSS_MSE = 0
export const LOSS_MAE = 1
export const LOSS_HUBER = 2
export const LOSS_CROSS_ENTROPY = 3
export const LOSS_LINEAR = 4

/** Bytes of the state of a random stream; see `kernels/random`. */
export const STREAM_SIZE = 32

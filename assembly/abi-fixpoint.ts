// As abi.ts, for fixed points: `drive/fixpoint`.

/** One fixed point per row, z = GAMMA f(z) + U: what is asked ... */
export const FIX_GAMMA = 0
/** A row has converged when |GAMMA f(z) + U - z| <= TOL max(|GAMMA f(z) + U|, |U|), Euclidean norms of the row. */
export const FIX_TOL = 8
export const FIX_FIELD = 16
export const FIX_ARENA = 20
export const FIX_BATCH = 24
export const FIX_U = 28
/** Where the iteration starts; holds the fixed points afterwards. */
export const FIX_Z = 32
export const FIX_MAX_ITERATIONS = 36
/** Earlier iterates that Anderson acceleration mixes in, at most MAX_MEMORY; 0 = none. */
export const FIX_MEMORY = 40
/** 0, or states: the map is then the transpose z = GAMMA J^T z + U, J the Jacobian of f at these states. */
export const FIX_AT = 44
/** Parameter cotangent that a transposed iteration adds to when it has converged. */
export const FIX_PARAMS = 48
/** ... and what came out. Per row: residual relative to that maximum (f64), and evaluations until it had converged (i32). */
export const FIX_RESIDUALS = 52
export const FIX_ITERATIONS = 56
/** Evaluations of f, or products with transposes, for the whole batch. */
export const FIX_NFE = 60
/** Row and component at fault; -1 = none. */
export const FIX_ROW = 64
export const FIX_COMPONENT = 68
export const FIX_SIZE = 80
/** The most earlier iterates that may be mixed in. */
export const MAX_MEMORY = 16

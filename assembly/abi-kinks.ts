// As abi.ts, for kinks that are located: `drive/kinks`.

/** The location of kinks: how the input of a unit follows from samples along a step, those of start and end among them, ... */
export const KINK_DEGREE = 0
export const KINK_SAMPLES = 4
/** Index of the sample at the end; -1 = the state at the end has no stage, and its sample is the last. */
export const KINK_END = 8
/** Parts of the step at which there are samples besides start and end (f64), in order; 0 = the samples are those of the stages. */
export const KINK_NODES = 12
/** Bernstein coefficients (KINK_DEGREE + 1 rows) from samples (f64), and those of what the samples leave open. */
export const KINK_MATRIX = 16
export const KINK_OPEN = 20
/** f64: how many times the largest change of a sample a coefficient may be from the first; the tolerance of 'auto', 0 = no 'auto'. */
export const KINK_REACH = 24
export const KINK_TOLERANCE = 48
/** ... and what comes of it: flips of units, where the stages of all recorded steps and of that at hand end (f64), work of the core. */
export const KINK_FLIPS = 32
export const KINK_SPANS = 36
export const KINK_SPAN = 40
export const KINK_WORK = 56
export const KINK_SIZE = 128

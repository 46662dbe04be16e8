// Ids of the activations, for asc and tsc. TypeScript derives their names from this list, so nothing else may stand here.

export const ACT_IDENTITY = 0
export const ACT_RELU = 1
export const ACT_LEAKY_RELU = 2
export const ACT_ELU = 3
export const ACT_SOFTPLUS = 4
export const ACT_GELU = 5
export const ACT_SILU = 6
export const ACT_TANH = 7
export const ACT_SIGMOID = 8
export const ACT_SIN = 9
export const ACT_EXP = 10

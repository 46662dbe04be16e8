// What the native process (main.c) and the WebAssembly build (through its exports) share. No library is needed but a square root.
#ifndef PEER_H
#define PEER_H

#ifdef __wasm__
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

/** Numbers that every buffer has room for: 1024 x 1024 weights and their biases. */
#define ROOM (1024 * 1025)

EXPORT float *parameters(void);
EXPORT float *input(void);
EXPORT float *output(void);

/** W1: 2 -> 50 -> 2, batch 20, dopri5, ten outputs in [0, 1]. `kind`: 0 relu, 1 tanh. Evaluations of the field. */
EXPORT int spiral(int kind, double rtol, double atol);

/** Packs the parameters of `layers` layers, widths in `sizes()`, for the two below. */
EXPORT int *sizes(void);
EXPORT void pack(int layers);

/** W5: the first layer with relu. */
EXPORT void dense(int batch);

/** W3, W4: the network as a field, relu between its layers, `steps` steps of the classic method over [0, 1]. */
EXPORT void rk4(int batch, int steps);

#endif

// Layers in C, for W3, W4 and W5: weights in panels of two vectors of outputs, packed once; four rows by a panel in registers, and for one
// row four panels at a time. The width of a vector is the compiler's option: 16 bytes are what WebAssembly has, 64 what AVX-512 has.
#include "peer.h"

#ifndef VECTOR
#define VECTOR 16
#endif
typedef float vec __attribute__((vector_size(VECTOR), aligned(4)));
#define LANES (VECTOR / 4)
#define PANEL (2 * LANES)
#define MOST 8

static int widths[MOST + 1], depth;
static float panels[2 * ROOM], biases[8192], hidden[2][ROOM], slopes[4][ROOM / 4], states[2][ROOM / 4];
EXPORT int *sizes(void) { return widths; }

static int panelsOf(int n) { return (n + PANEL - 1) / PANEL; }

/** Panel by panel, k by k, PANEL outputs; zeros behind the last output. */
void pack(int layers) {
  const float *from = parameters();
  float *to = panels, *bias = biases;
  depth = layers;
  for (int l = 0; l < layers; l++) {
    int k = widths[l], n = widths[l + 1];
    for (int p = 0; p < panelsOf(n); p++)
      for (int i = 0; i < k; i++)
        for (int j = p * PANEL; j < (p + 1) * PANEL; j++) *to++ = j < n ? from[j * k + i] : 0;
    from += n * k;
    for (int j = 0; j < panelsOf(n) * PANEL; j++) *bias++ = j < n ? from[j] : 0;
    from += n;
  }
}

/** `rows` rows by `across` panels, both known where it is inlined. Outputs are whole panels: all widths here are. */
static inline __attribute__((always_inline)) void tile(
    int rows, int across, int n, int k, const float *restrict x, const float *restrict w, const float *restrict bias,
    float *restrict y, int relu) {
  vec sum[4][8];
  const vec zero = {0};
  for (int c = 0; c < 2 * across; c++)
    for (int r = 0; r < rows; r++) sum[r][c] = *(const vec *)(bias + c * LANES);
  for (int i = 0; i < k; i++)
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < 2 * across; c++)
        sum[r][c] += x[r * k + i] * *(const vec *)(w + (c / 2) * k * PANEL + i * PANEL + (c % 2) * LANES);
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < 2 * across; c++) {
      vec v = sum[r][c];
      // All ones where it is above zero.
      if (relu) v = (vec)((v > zero) & (__typeof__(v > zero))v);
      *(vec *)(y + r * n + c * LANES) = v;
    }
}

static void layer(int m, int n, int k, const float *x, const float *w, const float *bias, float *y, int relu) {
  int i = 0, count = panelsOf(n);
  for (; i + 4 <= m; i += 4)
    for (int p = 0; p < count; p++)
      tile(4, 1, n, k, x + i * k, w + p * k * PANEL, bias + p * PANEL, y + i * n + p * PANEL, relu);
  for (; i < m; i++) {
    int p = 0;
    for (; p + 4 <= count; p += 4)
      tile(1, 4, n, k, x + i * k, w + p * k * PANEL, bias + p * PANEL, y + i * n + p * PANEL, relu);
    for (; p < count; p++)
      tile(1, 1, n, k, x + i * k, w + p * k * PANEL, bias + p * PANEL, y + i * n + p * PANEL, relu);
  }
}

void dense(int batch) { layer(batch, widths[1], widths[0], input(), panels, biases, output(), 1); }

static void field(int batch, const float *y, float *dy) {
  const float *x = y, *w = panels, *bias = biases;
  for (int l = 0; l < depth; l++) {
    int k = widths[l], n = widths[l + 1], last = l == depth - 1;
    float *to = last ? dy : hidden[l % 2];
    layer(batch, n, k, x, w, bias, to, !last);
    w += panelsOf(n) * PANEL * k;
    bias += panelsOf(n) * PANEL;
    x = to;
  }
}

/** y + a k, to another place. */
static void along(int n, const float *restrict y, float a, const float *restrict k, float *restrict to) {
  for (int i = 0; i < n; i++) to[i] = y[i] + a * k[i];
}

void rk4(int batch, int steps) {
  int n = batch * widths[0];
  float h = 1.f / steps, *y = states[0], *at = states[1];
  for (int i = 0; i < n; i++) y[i] = input()[i];
  for (int s = 0; s < steps; s++) {
    field(batch, y, slopes[0]);
    along(n, y, h / 2, slopes[0], at);
    field(batch, at, slopes[1]);
    along(n, y, h / 2, slopes[1], at);
    field(batch, at, slopes[2]);
    along(n, y, h, slopes[2], at);
    field(batch, at, slopes[3]);
    for (int i = 0; i < n; i++) y[i] += h / 6 * (slopes[0][i] + 2 * (slopes[1][i] + slopes[2][i]) + slopes[3][i]);
  }
  for (int i = 0; i < n; i++) output()[i] = y[i];
}

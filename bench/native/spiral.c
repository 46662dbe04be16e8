// W1 in C: Dormand and Prince's pair with a network of 2 -> 50 -> 2 as the field. States lie component by component, the batch inside,
// so that every loop over it is whole vectors, and the hidden layer never leaves the registers.
#include "peer.h"

#define D 2
#define H 50
#define B 20
#define N (D * B)
#define TIMES 10

static float params[ROOM], in[ROOM], out[ROOM];
EXPORT float *parameters(void) { return params; }
EXPORT float *input(void) { return in; }
EXPORT float *output(void) { return out; }

/** Eigen's rational approximation: a few roundings of f32. */
static inline float hyperbolic(float x) {
  x = x > 7.9053111f ? 7.9053111f : x < -7.9053111f ? -7.9053111f : x;
  float s = x * x, p = -2.76076847742355e-16f;
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x * p / q;
}

static inline __attribute__((always_inline)) void field(int kind, const float *restrict y, float *restrict dy) {
  const float *w1 = params, *b1 = w1 + H * D, *w2 = b1 + H, *b2 = w2 + D * H;
  float to[D][B];
  for (int d = 0; d < D; d++)
    for (int b = 0; b < B; b++) to[d][b] = b2[d];
  for (int j = 0; j < H; j++)
    for (int b = 0; b < B; b++) {
      float z = b1[j] + w1[2 * j] * y[b] + w1[2 * j + 1] * y[B + b];
      float h = kind ? hyperbolic(z) : z > 0 ? z : 0;
      to[0][b] += w2[j] * h;
      to[1][b] += w2[H + j] * h;
    }
  for (int d = 0; d < D; d++)
    for (int b = 0; b < B; b++) dy[d * B + b] = to[d][b];
}

static const float A[6][6] = {
    {1.f / 5},
    {3.f / 40, 9.f / 40},
    {44.f / 45, -56.f / 15, 32.f / 9},
    {19372.f / 6561, -25360.f / 2187, 64448.f / 6561, -212.f / 729},
    {9017.f / 3168, -355.f / 33, 46732.f / 5247, 49.f / 176, -5103.f / 18656},
    {35.f / 384, 0, 500.f / 1113, 125.f / 192, -2187.f / 6784, 11.f / 84},
};
static const float E[7] = {71.f / 57600, 0, -71.f / 16695, 71.f / 1920, -17253.f / 339200, 22.f / 525, -1.f / 40};
// Of the dense output: Hairer, Norsett, Wanner I, II.6.
static const float DENSE[7] = {-12715105075.f / 11282082432.f, 0, 87487479700.f / 32700410799.f, -10690763975.f / 1880347072.f,
                               701980252875.f / 199316789632.f, -1453857185.f / 822651844.f, 69997945.f / 29380423.f};

static float k[7][N];

static inline float larger(float a, float b) { return a > b ? a : b; }
static inline float size(float a) { return a < 0 ? -a : a; }

/** x^(-1/5) for x > 0, by Newton's method from below, where it converges. */
static double root(double x) {
  double r = 1;
  while (r * r * r * r * r * x > 1) r *= 0.5;
  while (r * r * r * r * r * x < 0.03) r *= 2;
  for (int i = 0; i < 8; i++) r *= 1.2 - 0.2 * x * r * r * r * r * r;
  return r;
}

static double norm(const float *restrict v, const float *restrict a, const float *restrict b, float rtol, float atol) {
  float sum = 0;
  for (int i = 0; i < N; i++) {
    float scaled = v[i] / (atol + rtol * larger(size(a[i]), size(b[i])));
    sum += scaled * scaled;
  }
  return __builtin_sqrt(sum / N);
}

/** Hairer's first step. */
static double first(int kind, const float *y, float rtol, float atol) {
  float ahead[N], change[N];
  double d0 = norm(y, y, y, rtol, atol), d1 = norm(k[0], y, y, rtol, atol);
  double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  for (int i = 0; i < N; i++) ahead[i] = y[i] + (float)h0 * k[0][i];
  field(kind, ahead, k[1]);
  for (int i = 0; i < N; i++) change[i] = k[1][i] - k[0][i];
  double d2 = norm(change, y, y, rtol, atol) / h0, most = d1 > d2 ? d1 : d2;
  double h1 = 1 / root(0.01 / most);
  return h1 < 100 * h0 ? h1 : 100 * h0;
}

static void interpolate(const float *restrict y, const float *restrict next, float h, float s, float *restrict to) {
  for (int b = 0; b < B; b++)
    for (int d = 0; d < D; d++) {
      int i = d * B + b;
      float change = next[i] - y[i], bend = h * k[0][i] - change, rest = change - h * k[6][i] - bend, more = 0;
      for (int j = 0; j < 7; j++) more += DENSE[j] * k[j][i];
      to[b * D + d] = y[i] + s * (change + (1 - s) * (bend + s * (rest + (1 - s) * h * more)));
    }
}

/** Stages 2 to 7 of one step; the last is at `next`. */
static inline __attribute__((always_inline)) void stages(int kind, const float *y, float h, float *restrict next) {
#pragma GCC unroll 6
  for (int s = 0; s < 6; s++) {
    for (int i = 0; i < N; i++) {
      float sum = 0;
#pragma GCC unroll 6
      for (int j = 0; j <= s; j++) sum += A[s][j] * k[j][i];
      next[i] = y[i] + h * sum;
    }
    field(kind, next, k[s + 1]);
  }
}

static inline __attribute__((always_inline)) int solve(int kind, float rtol, float atol) {
  float y[N], next[N], error[N];
  for (int b = 0; b < B; b++)
    for (int d = 0; d < D; d++) out[b * D + d] = y[d * B + b] = in[b * D + d];
  field(kind, y, k[0]);
  int evaluations = 2, written = 1;
  double t = 0, h = first(kind, y, rtol, atol);
  while (written < TIMES) {
    stages(kind, y, (float)h, next);
    evaluations += 6;
    for (int i = 0; i < N; i++) {
      float sum = 0;
      for (int j = 0; j < 7; j++) sum += E[j] * k[j][i];
      error[i] = (float)h * sum;
    }
    double off = norm(error, y, next, rtol, atol), change = off > 1e-12 ? 0.9 * root(off) : 10;
    // As torchdiffeq and relode have it: an accepted step never makes the next one shorter.
    if (off <= 1 && change < 1) change = 1;
    if (off <= 1) {
      while (written < TIMES && written / (TIMES - 1.0) <= t + h) {
        double s = (written / (TIMES - 1.0) - t) / h;
        interpolate(y, next, (float)h, (float)s, out + N * written++);
      }
      t += h;
      for (int i = 0; i < N; i++) y[i] = next[i], k[0][i] = k[6][i];
    }
    h *= change > 10 ? 10 : change < 0.2 ? 0.2 : change;
  }
  return evaluations;
}

int spiral(int kind, double rtol, double atol) {
  return kind ? solve(1, (float)rtol, (float)atol) : solve(0, (float)rtol, (float)atol);
}

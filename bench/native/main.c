// The native contestant: reads commands, answers each with a line of JSON.
//   prepare FILE N        parameters, then inputs, as the file has them: N of the former
//   spiral KIND RTOL ATOL | dense BATCH LAYERS SIZES... | rk4 BATCH STEPS LAYERS SIZES...     what `time` and `values` run
//   time CALLS            { "ms" }
//   values COUNT          { "values", "nfe" }
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "peer.h"

static int what, kind, batch, steps, evaluations;
static double rtol, atol;

static void run(void) {
  if (what == 's') evaluations = spiral(kind, rtol, atol);
  if (what == 'd') dense(batch);
  if (what == 'r') rk4(batch, steps);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void prepare(const char *path, int count) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    printf("{\"error\": \"no file\"}\n");
    return;
  }
  size_t a = fread(parameters(), 4, count, file), b = fread(input(), 4, ROOM, file);
  fclose(file);
  printf("{\"read\": %zu}\n", a + b);
}

static void layersFrom(const char *list) {
  int layers, taken;
  sscanf(list, "%d%n", &layers, &taken);
  for (int i = 0; i <= layers; i++) {
    list += taken;
    sscanf(list, "%d%n", sizes() + i, &taken);
  }
  pack(layers);
}

static void answer(const char *command, const char *rest) {
  int count = 0, taken = 0;
  char path[900];
  if (!strcmp(command, "prepare") && sscanf(rest, "%899s %d", path, &count) == 2) {
    prepare(path, count);
  } else if (!strcmp(command, "time") && sscanf(rest, "%d", &count) == 1) {
    double start = now();
    for (int i = 0; i < count; i++) run();
    printf("{\"ms\": %.6f}\n", now() - start);
  } else if (!strcmp(command, "values") && sscanf(rest, "%d", &count) == 1) {
    run();
    printf("{\"nfe\": %d, \"values\": [", evaluations);
    for (int i = 0; i < count; i++) printf("%s%.9g", i ? "," : "", output()[i]);
    printf("]}\n");
  } else {
    what = command[0];
    if (what == 's') sscanf(rest, "%d %lf %lf", &kind, &rtol, &atol);
    if (what == 'd' && sscanf(rest, "%d%n", &batch, &taken) == 1) layersFrom(rest + taken);
    if (what == 'r' && sscanf(rest, "%d %d%n", &batch, &steps, &taken) == 2) layersFrom(rest + taken);
    printf("{\"ok\": true}\n");
  }
  fflush(stdout);
}

int main(void) {
  char line[1024], command[32];
  int taken;
  while (fgets(line, sizeof line, stdin))
    if (sscanf(line, "%31s%n", command, &taken) == 1) answer(command, line + taken);
  return 0;
}

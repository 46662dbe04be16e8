"""The fields of W6, as one writes them for Python packages: those of test/support/problems.ts and bench/work-precision/problems.mjs."""

import numpy as np

MU = 0.012277471
MASSES = np.arange(1.0, 8.0)


def arenstorf(t, y, m):
    a, b, v2 = y[0] + MU, y[0] - (1 - MU), y[1] * y[1]
    r1, r2 = a * a + v2, b * b + v2
    d1, d2 = (1 - MU) / (r1 * m.sqrt(r1)), MU / (r2 * m.sqrt(r2))
    return [y[2], y[3], y[0] + 2 * y[3] - d1 * a - d2 * b, y[1] - 2 * y[2] - d1 * y[1] - d2 * y[1]]


def lorenz(t, y, m):
    return [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]]


def pleiades(t, y, m):
    x, z = y[:7], y[7:14]
    dx, dz = x[None, :] - x[:, None], z[None, :] - z[:, None]
    r2 = dx * dx + dz * dz + np.eye(7)
    pull = MASSES[None, :] / (r2 * np.sqrt(r2))
    return np.concatenate([y[14:], (pull * dx).sum(1), (pull * dz).sum(1)])


FIELDS = {"AREN": arenstorf, "LRNZ10": lorenz, "PLEI": pleiades}

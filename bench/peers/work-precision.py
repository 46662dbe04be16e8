"""SciPy and diffrax on the problems that come as JSON on standard input; prints points { tol, error, nfe, us } as JSON.

The fields are those of test/support/problems.ts and bench/work-precision/problems.mjs; `m` is `math` or `jax.numpy`.
"""

import json
import math
import sys
import time
import warnings

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

jax.config.update("jax_enable_x64", True)
# SciPy warns where it raises rtol to 100 roundings, and where a loose tolerance leads astray; the errors tell as much.
warnings.simplefilter("ignore")
MU = 0.012277471


def orbit(t, y, m):
    r2 = y[0] * y[0] + y[1] * y[1]
    r3 = r2 * m.sqrt(r2)
    return [y[2], y[3], -y[0] / r3, -y[1] / r3]


def arenstorf(t, y, m):
    a, b, v2 = y[0] + MU, y[0] - (1 - MU), y[1] * y[1]
    r1, r2 = a * a + v2, b * b + v2
    d1, d2 = (1 - MU) / (r1 * m.sqrt(r1)), MU / (r2 * m.sqrt(r2))
    return [y[2], y[3], y[0] + 2 * y[3] - d1 * a - d2 * b, y[1] - 2 * y[2] - d1 * y[1] - d2 * y[1]]


def spiral(t, y, m):
    a, b = y[0] * y[0] * y[0], y[1] * y[1] * y[1]
    return [-0.1 * a - 2 * b, 2 * a - 0.1 * b]


MASSES = np.arange(1.0, 8.0)


def pleiades(t, y, m):
    """On arrays: this is how one writes it for these packages."""
    xp = np if m is math else jnp
    x, z = y[:7], y[7:14]
    dx, dz = x[None, :] - x[:, None], z[None, :] - z[:, None]
    r2 = dx * dx + dz * dz + xp.eye(7)
    pull = MASSES[None, :] / (r2 * xp.sqrt(r2))
    return xp.concatenate([y[14:], (pull * dx).sum(1), (pull * dz).sum(1)])


FIELDS = {
    "A1": lambda t, y, m: [-y[0]],
    "A2": lambda t, y, m: [-y[0] * y[0] * y[0] / 2],
    "A3": lambda t, y, m: [y[0] * m.cos(t)],
    "A4": lambda t, y, m: [y[0] / 4 * (1 - y[0] / 20)],
    "A5": lambda t, y, m: [(y[0] - t) / (y[0] + t)],
    "B1": lambda t, y, m: [2 * (y[0] - y[0] * y[1]), -(y[1] - y[0] * y[1])],
    "B2": lambda t, y, m: [y[1] - y[0], y[0] - 2 * y[1] + y[2], y[1] - y[2]],
    "B3": lambda t, y, m: [-y[0], y[0] - y[1] * y[1], y[1] * y[1]],
    "B5": lambda t, y, m: [y[1] * y[2], -y[0] * y[2], -0.51 * y[0] * y[1]],
    "C1": lambda t, y, m: [-y[0], *[y[i - 1] - y[i] for i in range(1, 9)], y[8]],
    "D1": orbit,
    "D5": orbit,
    "E1": lambda t, y, m: [y[1], -(y[1] / (t + 1) + (1 - 0.25 / ((t + 1) * (t + 1))) * y[0])],
    "E2": lambda t, y, m: [y[1], (1 - y[0] * y[0]) * y[1] - y[0]],
    "E5": lambda t, y, m: [y[1], m.sqrt(1 + y[1] * y[1]) / (25 - t)],
    "AREN": arenstorf,
    "LRNZ10": lambda t, y, m: [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]],
    "BRUS": lambda t, y, m: [1 + y[0] * y[0] * y[1] - 4 * y[0], 3 * y[0] - y[0] * y[0] * y[1]],
    "SPIRAL3": spiral,
    "PLEI": pleiades,
}


def scipy_solver(method):
    def prepare(field, y0, t1):
        f = lambda t, y: field(t, y, math)

        def solve(tol):
            s = solve_ivp(f, (0, t1), y0, method=method, rtol=tol, atol=tol)
            return s.y[:, -1], s.nfev, s.success

        return solve

    return prepare


def diffrax_solver(solver):
    def prepare(field, y0, t1):
        as_array = lambda dy: dy if isinstance(dy, jax.Array) else jnp.stack(dy)
        term = diffrax.ODETerm(lambda t, y, args: as_array(field(t, y, jnp)))

        @jax.jit
        def run(tol, y0):
            s = diffrax.diffeqsolve(
                term, solver, 0.0, t1, None, y0, saveat=diffrax.SaveAt(t1=True), max_steps=2**20, throw=False,
                stepsize_controller=diffrax.PIDController(rtol=tol, atol=tol),
            )
            return s.ys[-1], s.stats["num_steps"], s.result == diffrax.RESULTS.successful

        start = jnp.asarray(y0, dtype=jnp.float64)

        def solve(tol):
            y, steps, good = run(tol, start)
            y.block_until_ready()
            # diffrax counts steps: both methods take 6 evaluations each, and the first step is an estimate of two.
            return np.asarray(y), 2 + 6 * int(steps), bool(good)

        return solve

    return prepare


SOLVERS = {
    "SciPy RK45": scipy_solver("RK45"),
    "SciPy DOP853": scipy_solver("DOP853"),
    "diffrax dopri5": diffrax_solver(diffrax.Dopri5()),
    "diffrax tsit5": diffrax_solver(diffrax.Tsit5()),
}


def measure(solve, tol, y1):
    y, nfe, good = solve(tol)
    y1 = np.asarray(y1)
    error = float(np.max(np.abs(y - y1) / (1 + np.abs(y1))))
    if not good or not math.isfinite(error):
        return None
    us = []
    begun = time.perf_counter()
    while len(us) < 5 or (len(us) < 21 and time.perf_counter() - begun < 0.1):
        start = time.perf_counter()
        solve(tol)
        us.append((time.perf_counter() - start) * 1e6)
    least, low, median, high, most = np.quantile(us, [0, 0.25, 0.5, 0.75, 1], method="nearest").tolist()
    spread = {"min": least, "low": low, "median": median, "high": high, "max": most}
    return {"tol": tol, "error": error, "nfe": int(nfe), "us": spread}


given = json.load(sys.stdin)
result = {name: {} for name in SOLVERS}
for name, problem in given["problems"].items():
    for solver, prepare in SOLVERS.items():
        solve = prepare(FIELDS[name], problem["y0"], problem["t1"])
        points = [measure(solve, tol, problem["y1"]) for tol in given["tolerances"]]
        result[solver][name] = [point for point in points if point is not None]
    print(f"{name}: Python", file=sys.stderr)
print(json.dumps(result))

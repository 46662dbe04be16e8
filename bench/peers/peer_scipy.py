"""SciPy and NumPy at the workloads: RK45 on fields of NumPy (W1) or of plain Python (W6), and one layer."""

import math

import numpy as np
from scipy.integrate import solve_ivp

from orbits import FIELDS

ACT = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}


def solve(task, arrays):
    def make():
        layers = [(w.astype(float), b.astype(float)) for w, b in arrays["layers"]]
        act, y0 = ACT[task["activation"]], arrays["x"].astype(float)

        def field(t, y):
            y = y.reshape(y0.shape)
            for weight, bias in layers[:-1]:
                y = act(y @ weight.T + bias)
            weight, bias = layers[-1]
            return (y @ weight.T + bias).ravel()

        run = lambda: solve_ivp(field, (0, 1), y0.ravel(), "RK45", task["t"], rtol=task["rtol"], atol=task["atol"])
        s = run()
        return run, lambda: s.y.T, s.nfev

    return make


def layer(task, arrays):
    def make():
        (weight, bias), x = arrays["layers"][0], arrays["x"]
        run = lambda: np.maximum(x @ weight.T + bias, 0)
        return run, run, 0

    return make


def solve_orbit(name, y0, t1, tol):
    """run() -> (y at t1, evaluations)."""
    field, start = FIELDS[name], np.array(y0)
    f = lambda t, y: field(t, y, math)

    def run():
        s = solve_ivp(f, (0, t1), start, method="RK45", rtol=tol, atol=tol * 1e-3, dense_output=False)
        return s.y[:, -1], s.nfev

    return run


def offers(task, arrays):
    if task["kind"] == "layer":
        return {"NumPy": layer(task, arrays)}
    if task["kind"] == "solve" and task["method"] == "dopri5":
        return {"SciPy RK45": solve(task, arrays)}
    return {}

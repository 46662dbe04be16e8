"""The Python packages at the workloads: a line of JSON in, a line of JSON out, so that they take their turns with the others.

{command: versions} | {command: task, id, task, data} | {command: prepare, id} | {command: orbit, ...} | {command: time, id, calls}
"""

import base64
import importlib
import json
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np

warnings.simplefilter("ignore")
MODULES = {"torch": "peer_torch", "jax": "peer_jax", "scipy": "peer_scipy"}
PACKAGES = ["torch", "torchdiffeq", "jax", "diffrax", "scipy", "numpy"]

modules = []
missing = []
for package, name in MODULES.items():
    try:
        modules.append(importlib.import_module(name))
    except ImportError:
        missing.append(package)

offers = {}
ready = {}


def decode(text):
    return np.frombuffer(base64.b64decode(text), dtype=np.float32).copy()


def encode(values, dtype):
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def layers_of(task, params):
    """Weights [out, in] and biases, layer by layer."""
    layers, at = [], 0
    for k, n in zip(task["sizes"], task["sizes"][1:]):
        layers.append((params[at : at + n * k].reshape(n, k), params[at + n * k : at + n * k + n]))
        at += n * k + n
    return layers


def unpack(task, data):
    arrays = {name: decode(text) for name, text in data.items()}
    if task["kind"] == "residual":
        depth, q, m = task["depth"], task["width"], task["hidden"]
        both = arrays["params"].reshape(depth, 2, m * q)
        arrays["W"], arrays["V"] = both[:, 0].reshape(depth, m, q).copy(), both[:, 1].reshape(depth, q, m).copy()
        width = q
    else:
        arrays["layers"] = layers_of(task, arrays["params"])
        width = task.get("dim", task["sizes"][0])
    arrays["x"] = arrays["x"].reshape(task["batch"], width)
    if "target" in arrays:
        times = len(task["t"]) if len(task.get("t", [])) > 2 else 1
        shape = (times, task["batch"], -1) if times > 1 else (task["batch"], -1)
        arrays["target"] = arrays["target"].reshape(shape)
    return arrays


def take_task(message):
    arrays = unpack(message["task"], message["data"])
    offers.clear()
    for module in modules:
        for name, make in module.offers(message["task"], arrays).items():
            offers[f"{message['id']}/{name}"] = make
    return {"names": [key.split("/", 1)[1] for key in offers]}


def prepare(message):
    """`make()` gives (run, values, nfe): run() works until the result is there."""
    run, values, nfe = offers[message["id"]]()
    ready[message["id"]] = run
    return {"values": encode(values(), np.float32), "nfe": nfe}


def orbit(message):
    from peer_scipy import solve_orbit

    run = solve_orbit(message["name"], message["y0"], message["t1"], message["tol"])
    ready[message["id"]] = run
    y, nfe = run()
    return {"values": encode(y, np.float64), "nfe": nfe}


def timed(message):
    run, calls = ready[message["id"]], message["calls"]
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return {"ms": (time.perf_counter() - start) * 1e3}


def versions(_):
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    return {"versions": found, "missing": sorted(set(missing))}


COMMANDS = {"versions": versions, "task": take_task, "prepare": prepare, "orbit": orbit, "time": timed}
# What a package prints must not come between the answers.
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    try:
        message = json.loads(line)
        answer = COMMANDS[message["command"]](message)
    except Exception as error:  # noqa: BLE001: whatever it is, the other side tells it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)

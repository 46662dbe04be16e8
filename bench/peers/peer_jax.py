"""JAX and diffrax at the workloads: everything inside of one jit."""

import jax
import jax.numpy as jnp
from jax.experimental.ode import odeint

try:
    import diffrax
except ImportError:
    diffrax = None

ACT = {"relu": jax.nn.relu, "tanh": jnp.tanh}


def network(act):
    def field(y, layers):
        for weight, bias in layers[:-1]:
            y = act(y @ weight.T + bias)
        weight, bias = layers[-1]
        return y @ weight.T + bias

    return field


def by_odeint(task, field):
    t = jnp.asarray(task["t"], dtype=jnp.float32)
    return lambda layers, x: odeint(lambda y, t, p: field(y, p), x, t, layers, rtol=task["rtol"], atol=task["atol"])


def by_diffrax(task, field):
    t = jnp.asarray(task["t"], dtype=jnp.float32)
    term = diffrax.ODETerm(lambda t, y, p: field(y, p))
    control = diffrax.PIDController(rtol=task["rtol"], atol=task["atol"])

    def solve(layers, x):
        save = diffrax.SaveAt(ts=t)
        s = diffrax.diffeqsolve(term, diffrax.Dopri5(), 0.0, 1.0, None, x, layers, saveat=save, stepsize_controller=control)
        return s.ys

    return solve


def by_rk4(task, field):
    h = 1 / task["steps"]

    def step(y, layers):
        k1 = field(y, layers)
        k2 = field(y + h / 2 * k1, layers)
        k3 = field(y + h / 2 * k2, layers)
        k4 = field(y + h * k3, layers)
        return y + h / 6 * (k1 + 2 * (k2 + k3) + k4)

    def solve(layers, x):
        return jax.lax.scan(lambda y, _: (step(y, layers), None), x, None, length=task["steps"])[0]

    return solve


def on_device(arrays):
    return [(jnp.asarray(w), jnp.asarray(b)) for w, b in arrays["layers"]], jnp.asarray(arrays["x"])


def forward(arrays, solve):
    def make():
        layers, x = on_device(arrays)
        jitted = jax.jit(solve)
        run = lambda: jitted(layers, x).block_until_ready()
        return run, run, 0

    return make


def training(arrays, params_of, solve, rate, order):
    """A step of gradient descent on the mean square; `order` lays the gradient out as relode has it."""

    def make():
        params, x = params_of()
        target = jnp.asarray(arrays["target"])
        loss = lambda p: jnp.mean((solve(p, x) - target) ** 2)

        @jax.jit
        def step(p):
            value, g = jax.value_and_grad(loss)(p)
            return jax.tree.map(lambda a, b: a - rate * b, p, g), g

        run = lambda: jax.block_until_ready(step(params))
        return run, lambda: order(run()[1]), 0

    return make


def log_density(task):
    """From the data at t1 back to the base at t0, normal with deviation 1; `odeint` wants times that rise, so it runs in t1 - t."""
    net = network(ACT[task["activation"]])
    t0, t1 = task["t"]

    def rates(y, t, layers):
        single = lambda row: net(jnp.append(row, t), layers)
        dy, jacobian = jax.vmap(lambda row: (single(row), jax.jacfwd(single)(row)))(y)
        return dy, jnp.trace(jacobian, axis1=1, axis2=2)

    def solve(layers, x):
        field = lambda state, s, p: jax.tree.map(jnp.negative, rates(state[0], t1 - s, p))
        times = jnp.asarray([0.0, t1 - t0], dtype=jnp.float32)
        start = (x, jnp.zeros(x.shape[0]))
        z, integral = odeint(field, start, times, layers, rtol=task["rtol"], atol=task["atol"])
        return integral[-1] - jnp.sum(z[-1] ** 2, 1) / 2 - x.shape[1] / 2 * jnp.log(2 * jnp.pi)

    return solve


def likelihood(arrays, solve, rate):
    """A step of gradient descent on minus the mean log-density."""

    def make():
        layers, x = on_device(arrays)

        @jax.jit
        def step(p):
            g = jax.grad(lambda q: -jnp.mean(solve(q, x)))(p)
            return jax.tree.map(lambda a, b: a - rate * b, p, g), g

        run = lambda: jax.block_until_ready(step(layers))
        return run, lambda: jnp.concatenate([a.ravel() for pair in run()[1] for a in pair]), 0

    return make


def residual(task, arrays):
    depth = task["depth"]

    def solve(params, x):
        def block(h, layer):
            w, v = layer
            return h + jax.nn.relu(h @ w.T) @ v.T / depth, None

        return jax.lax.scan(block, x, params)[0]

    params_of = lambda: ((jnp.asarray(arrays["W"]), jnp.asarray(arrays["V"])), jnp.asarray(arrays["x"]))
    order = lambda g: jnp.concatenate([a.reshape(depth, -1) for a in g], 1)
    return training(arrays, params_of, solve, task["rate"], order)


def solvers(task):
    field = network(ACT[task["activation"]])
    if task["method"] == "rk4":
        return {"JAX": by_rk4(task, field)}
    ways = {"JAX odeint": by_odeint(task, field)}
    if diffrax is not None:
        ways["diffrax"] = by_diffrax(task, field)
    return ways


def offers(task, arrays):
    kind = task["kind"]
    if kind == "layer":
        return {"JAX": forward(arrays, lambda layers, x: jax.nn.relu(x @ layers[0][0].T + layers[0][1]))}
    if kind == "residual":
        return {"JAX": residual(task, arrays)}
    if kind == "density":
        return {"JAX odeint": forward(arrays, log_density(task))}
    if kind == "likelihood":
        return {"JAX odeint": likelihood(arrays, log_density(task), task["rate"])}
    if kind == "solve":
        return {name: forward(arrays, solve) for name, solve in solvers(task).items()}
    order = lambda g: jnp.concatenate([a.ravel() for pair in g for a in pair])
    params_of = lambda: on_device(arrays)
    return {name: training(arrays, params_of, s, task["rate"], order) for name, s in solvers(task).items()}

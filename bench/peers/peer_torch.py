"""PyTorch and torchdiffeq at the workloads, one thread, as their documentation has it."""

import numpy as np
import torch
import torchdiffeq

torch.set_num_threads(1)


class Network(torch.nn.Module):
    """A field (t, y) -> dy that counts its evaluations."""

    def __init__(self, layers, activation):
        super().__init__()
        act = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[activation]
        parts = []
        for weight, bias in layers:
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight))
                linear.bias.copy_(torch.from_numpy(bias))
            parts += [linear, act()]
        self.net = torch.nn.Sequential(*parts[:-1])
        self.count = 0

    def forward(self, t, y):
        self.count += 1
        return self.net(y)


def counted(field, run):
    field.count = 0
    result = run()
    return result, field.count


def rk4_loop(field, y, steps):
    h = 1 / steps
    for _ in range(steps):
        k1 = field.net(y)
        k2 = field.net(y + h / 2 * k1)
        k3 = field.net(y + h / 2 * k2)
        k4 = field.net(y + h * k3)
        y = y + h / 6 * (k1 + 2 * (k2 + k3) + k4)
    return y


def solver_of(task, odeint, field, x):
    t = torch.tensor(task["t"], dtype=torch.float32)
    if task["method"] == "rk4":
        options = {"step_size": 1 / task["steps"]}
        return lambda: odeint(field, x, t, method="rk4", options=options)[-1]
    return lambda: odeint(field, x, t, method="dopri5", rtol=task["rtol"], atol=task["atol"])


def solve(task, arrays, way):
    def make():
        field, x = Network(arrays["layers"], task["activation"]), torch.from_numpy(arrays["x"])
        inner = solver_of(task, torchdiffeq.odeint, field, x) if way == "odeint" else lambda: rk4_loop(field, x, task["steps"])

        def run():
            with torch.no_grad():
                return inner()

        y, nfe = counted(field, run)
        return run, lambda: y.numpy(), nfe

    return make


def gradient(task, arrays, way):
    def make():
        field, x = Network(arrays["layers"], task["activation"]), torch.from_numpy(arrays["x"])
        target = torch.from_numpy(arrays["target"])
        ways = {
            "backprop": lambda: solver_of(task, torchdiffeq.odeint, field, x),
            "adjoint": lambda: solver_of(task, torchdiffeq.odeint_adjoint, field, x),
            "loop": lambda: lambda: rk4_loop(field, x, task["steps"]),
        }
        inner = ways[way]()
        optimizer = torch.optim.SGD(field.parameters(), lr=task["rate"])

        def run():
            optimizer.zero_grad()
            loss = torch.mean((inner() - target) ** 2)
            loss.backward()
            optimizer.step()

        _, nfe = counted(field, run)
        values = lambda: torch.cat([p.grad.flatten() for p in field.parameters()]).numpy()
        return run, values, nfe

    return make


class Density(torch.nn.Module):
    """The state and the log-density along it; the trace by autograd, one component after the other, as torchdiffeq's example has it."""

    def __init__(self, layers, activation):
        super().__init__()
        self.inner = Network(layers, activation)
        self.count = 0

    def forward(self, t, state):
        self.count += 1
        with torch.enable_grad():
            y = state[0].requires_grad_(True)
            dy = self.inner.net(torch.cat([y, torch.ones_like(y[:, :1]) * t], 1))
            trace = 0.0
            for i in range(y.shape[1]):
                trace = trace + torch.autograd.grad(dy[:, i].sum(), y, create_graph=True)[0][:, i]
        return dy, trace[:, None]


def log_density(task, odeint, field, x):
    """From the data at t1 back to the base at t0, normal with deviation 1."""
    t = torch.tensor(task["t"][::-1], dtype=torch.float32)
    start = (x, torch.zeros(x.shape[0], 1))
    z, integral = odeint(field, start, t, method="dopri5", rtol=task["rtol"], atol=task["atol"])
    constant = x.shape[1] / 2 * float(np.log(2 * np.pi))
    return integral[-1][:, 0] - (z[-1] ** 2).sum(1) / 2 - constant


def density(task, arrays):
    def make():
        field, x = Density(arrays["layers"], task["activation"]), torch.from_numpy(arrays["x"])

        def run():
            with torch.no_grad():
                return log_density(task, torchdiffeq.odeint, field, x)

        y, nfe = counted(field, run)
        return run, lambda: y.numpy(), nfe

    return make


def likelihood(task, arrays, odeint):
    def make():
        field, x = Density(arrays["layers"], task["activation"]), torch.from_numpy(arrays["x"])
        optimizer = torch.optim.SGD(field.parameters(), lr=task["rate"])

        def run():
            optimizer.zero_grad()
            (-log_density(task, odeint, field, x).mean()).backward()
            optimizer.step()

        _, nfe = counted(field, run)
        values = lambda: torch.cat([p.grad.flatten() for p in field.parameters()]).numpy()
        return run, values, nfe

    return make


def layer(task, arrays):
    def make():
        weight, bias = (torch.from_numpy(a) for a in arrays["layers"][0])
        x = torch.from_numpy(arrays["x"])

        def run():
            with torch.no_grad():
                return torch.relu(torch.nn.functional.linear(x, weight, bias))

        return run, lambda: run().numpy(), 0

    return make


def residual(task, arrays):
    def make():
        W, V = (torch.nn.Parameter(torch.from_numpy(arrays[name])) for name in "WV")
        x, target = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["target"])
        optimizer = torch.optim.SGD([W, V], lr=task["rate"])
        depth = task["depth"]

        def run():
            optimizer.zero_grad()
            h = x
            for w, v in zip(W.unbind(0), V.unbind(0)):
                h = h + torch.relu(h @ w.T) @ v.T / depth
            torch.mean((h - target) ** 2).backward()
            optimizer.step()

        run()
        grads = lambda: torch.cat([W.grad.flatten(1), V.grad.flatten(1)], 1).numpy()
        return run, grads, 0

    return make


def offers(task, arrays):
    kind = task["kind"]
    if kind == "layer":
        return {"PyTorch": layer(task, arrays)}
    if kind == "residual":
        return {"PyTorch": residual(task, arrays)}
    if kind == "density":
        return {"torchdiffeq": density(task, arrays)}
    if kind == "likelihood":
        ways = {"backprop": torchdiffeq.odeint, "adjoint": torchdiffeq.odeint_adjoint}
        return {f"torchdiffeq {way}": likelihood(task, arrays, odeint) for way, odeint in ways.items()}
    fixed = task["method"] == "rk4"
    if kind == "solve":
        name = "torchdiffeq rk4" if fixed else "torchdiffeq"
        plain = {"PyTorch": solve(task, arrays, "loop")} if fixed else {}
        return {name: solve(task, arrays, "odeint"), **plain}
    if fixed:
        return {"PyTorch": gradient(task, arrays, "loop")}
    return {f"torchdiffeq {way}": gradient(task, arrays, way) for way in ("backprop", "adjoint")}

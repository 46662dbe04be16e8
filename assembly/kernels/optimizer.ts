// Optimizer rules: one pass over the parameters, arithmetic in f64 per element, state in the parameters' precision.
// Weight decay is decoupled (Loshchilov, Hutter 2019) when `decoupled`, else added to the gradient.

/** SGD with (Nesterov) momentum, PyTorch's form: v = mu v + g; x -= lr (g + mu v | v). No dampening. */
export function sgd<T>(n: i32, x: usize, g: usize, v: usize, lr: f64, mu: f64, nesterov: bool, decay: f64): void {
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
    const at = <f64>load<T>(x + i)
    let d = <f64>load<T>(g + i) + decay * at
    if (mu != 0) {
      const speed = mu * <f64>load<T>(v + i) + d
      store<T>(v + i, <T>speed)
      d = nesterov ? d + mu * speed : speed
    }
    store<T>(x + i, <T>(at - lr * d))
  }
}

/**
 * Adam (Kingma, Ba 2015, Algorithm 1). `correction1` = 1 - beta1^t, `correction2` = 1 - beta2^t, computed by the caller
 * once a step by running products.
 */
export function adam<T>(
  n: i32, x: usize, g: usize, m: usize, v: usize, lr: f64, beta1: f64, beta2: f64, eps: f64,
  correction1: f64, correction2: f64, decay: f64, decoupled: bool,
): void {
  for (let i: usize = 0; i < <usize>n * sizeof<T>(); i += sizeof<T>()) {
    let at = <f64>load<T>(x + i)
    let d = <f64>load<T>(g + i)
    if (decoupled) at -= lr * decay * at
    else d += decay * at
    const first = beta1 * <f64>load<T>(m + i) + (1 - beta1) * d
    const second = beta2 * <f64>load<T>(v + i) + (1 - beta2) * d * d
    store<T>(m + i, <T>first)
    store<T>(v + i, <T>second)
    store<T>(x + i, <T>(at - lr * (first / correction1) / (sqrt<f64>(second / correction2) + eps)))
  }
}

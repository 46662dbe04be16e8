// Three questions to a solve: is it as accurate as was asked, what holds it up, and can the precision carry the tolerance?
import { odeint } from 'relode'
import { rodas4 } from 'relode/methods'

const swing = (_, [x, v], dy) => dy.set([v, -Math.sin(x)])
const solve = (tol) => odeint(swing, [1, 0], [0, 20], { rtol: tol, atol: tol }).y[0]
console.log(Math.abs(solve(1e-4) - solve(1e-6)), Math.abs(solve(1e-6) - solve(1e-8))) // falls as the tolerance does

const relax = (t, [y], dy) => dy.set([-1e5 * (y - Math.cos(t))])
const short = odeint(relax, [0], [0, 10], { throwOnFailure: false })
console.log(short.status, short.stats.steps, short.stats.stiff) // max steps: stiff from here on
console.log(odeint(relax, [0], [0, 10], { solver: rodas4 }).stats.steps)

const rounded = odeint(swing, Float32Array.of(1, 0), [0, 20], { rtol: 1e-12, atol: 1e-12, throwOnFailure: false })
console.log(rounded.status, rounded.stats.rejected) // f32 has seven digits, not twelve

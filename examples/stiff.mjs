// A stiff field: Robertson's chemical reactions, with rate constants from 0.04 to 3e7, over 11 decades of time.
import { odeint } from 'relode'
import { dopri5, rodas4 } from 'relode/methods'

const reactions = (_, [a, b, c], dy) => {
  const [slow, back, fast] = [0.04 * a, 1e4 * b * c, 3e7 * b * b]
  dy.set([back - slow, slow - back - fast, fast])
}
const jac = (_, [, b, c], J) => J.set([-0.04, 1e4 * c, 1e4 * b, 0.04, -1e4 * c - 6e7 * b, -1e4 * b, 0, 6e7 * b, 0])
const atol = [1e-12, 1e-18, 1e-6]
const sol = odeint(reactions, [1, 0, 0], [0, 1e11], { solver: rodas4, jac, rtol: 1e-4, atol })
console.log(sol.y, sol.stats.steps, sol.stats.nfe)

try {
  odeint(reactions, [1, 0, 0], [0, 1e11], { solver: dopri5, rtol: 1e-4, atol })
} catch (error) {
  console.log(error.message)
}

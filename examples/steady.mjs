// An epidemic that becomes endemic: a solve without a last time, which ends where its field rests.
import { odeint } from 'relode'
import { event } from 'relode/events'

const [catching, healing, forgetting] = [0.5, 0.1, 0.05]
const field = (_, [s, i]) => [forgetting * (1 - s - i) - catching * s * i, catching * s * i - healing * i]

const sol = odeint(field, [0.999, 0.001], [0, 100, Infinity], { stopWhenSteady: { rtol: 1e-4, atol: 1e-6 } })
console.log(sol.status, sol.t, sol.y, sol.ts) // 'steady'; where, and the state there; the outputs until then
console.log(healing / catching, (1 - healing / catching) / (1 + healing / forgetting)) // the equilibrium

const peak = event((_, [s]) => s - healing / catching, { terminal: true })
console.log(odeint(field, [0.999, 0.001], [0, Infinity], { events: [peak] }).t) // most are ill where s = 0.2

// Continuous depth: the flow of g - id is not a composition of g, but that of a clocked field is, to many digits.
import { odeint, rk4 } from 'relode'
import { approximate, clockedField } from 'relode/theory'

const net = approximate(([x]) => Math.sin(2 * Math.PI * x), { d: 1, r: 6 })
const { field, initial, time, readOut } = clockedField(net)
console.log(field.dim, time) // twice the registers and a clock; 4 units of time a composition

for (const x of [0.1, 0.375, 0.8]) {
  const { y } = odeint(field, initial([x]), [0, time], { solver: rk4, dt: 1 / 250 })
  console.log(x, readOut(y), net.exact([x]).toNumber())
}
field.dispose()

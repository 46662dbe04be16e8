// A small system that is solved over and over: beside its field, in JavaScript, with the numbers of the core.
import { dopri5, odeint } from 'relode'
import { direct } from 'relode/direct'

const lotkaVolterra = (_, [hare, lynx], dy) => {
  dy[0] = hare - hare * lynx
  dy[1] = hare * lynx - lynx
}
const solver = direct(dopri5)
const periods = Array.from({ length: 100 }, (_, i) => odeint(lotkaVolterra, [1 + i / 10, 1], [0, 20], { solver }).y)
const core = odeint(lotkaVolterra, [5, 1], [0, 20], { solver: dopri5 }).y
console.log(periods[40], core) // the same, bit for bit

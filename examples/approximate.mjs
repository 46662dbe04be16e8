// The theorem executed: a continuous function as one small network, composed with itself 256 times.
import { approximate } from 'relode/theory'

const f = ([x, y]) => Math.sqrt(x + y)
const net = approximate(f, { d: 2, r: 256, levels: 4 })
console.log(net.width, net.depth, net.parameters) // g: small whatever r is
console.log(net.exact([0.25, '341/1024']).toNumber()) // 256 literal compositions in BigInt: an exact dyadic number
console.log(net.eval([0.25, 341 / 1024, 0.5, 0.5])) // two points at once, in the core
console.log(net.bound((t) => Math.sqrt(Math.SQRT2 * t))) // what the theorem promises of |net - f|

// A model that runs to its events: learns how a ball flies and bounces from the times at which it did.
import { Affine, adam, Field, fit, vjp } from 'relode'
import { EventODE } from 'relode/events'

const f64 = { dtype: 'f64' }
const field = new Field(2, (p) => p.dense(p.state, 2), f64) // height' = speed, speed' = -gravity
field.parameters = [0, 1, 0, 0, 0, -8]
const ground = new Affine(2, 1, f64) // height = 0
ground.parameters = [1, 0, 0]
const bounce = new Affine(2, 2, f64) // speed becomes -0.7 speed
bounce.parameters = [1, 0, 0, -0.7, 0, 0]
const ball = new EventODE(field, { event: ground, jump: bounce, count: 4, direction: -1 })

const [y, pullback] = vjp(ball, [9.8, 0]) // t1, height, speed, t2, ...
const { dx } = pullback(y.map((_, i) => (i === 9 ? 1 : 0))) // of the time of the fourth bounce
pullback.dispose()
console.log(y[9], dx[0])

const seen = [0, 1, 2, 3].map((n) => Math.SQRT2 * (9 - 8 * 0.8 ** n)) // of a ball with gravity 9.8 that keeps 0.8
const times = seen.flatMap((t) => [t, Number.NaN, Number.NaN]) // NaN: not observed
ground.rate = 0
for (const _ of fit(ball, { x: [9.8, 0], y: times }, { optimizer: adam({ lr: 0.03 }), epochs: 600 }));
const learned = ball.forward([9.8, 0]).filter((_, i) => i % 3 === 0)
console.log(seen, learned)

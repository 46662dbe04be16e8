// When does it bounce? The ground and what a bounce keeps, learned from heights at given times, and no bounce was seen.
import { Affine, adam, cosine, Field, fit } from 'relode'
import { EventODE } from 'relode/events'

const f64 = { dtype: 'f64' }
const field = new Field(2, (p) => p.dense(p.state, 2), { ...f64, rate: 0 }) // height' = speed, speed' = -9.8: known
field.parameters = [0, 1, 0, 0, 0, -9.8]
const ground = new Affine(2, 1, f64) // an event is where this is 0: taken to be height = 1/2
ground.parameters = [1, 0, -0.5]
const bounce = new Affine(2, 2, f64) // speed becomes -0.7 speed
bounce.parameters = [1, 0, 0, -0.7, 0, 0]
const model = { event: ground, jump: bounce, direction: -1, rtol: 1e-8, atol: 1e-8 }

// A ball that falls from 9.8 to 0 and keeps 0.8 of its speed, between its bounces at sqrt(2) (9 - 8 0.8^n)
const bounces = [0, 1, 2].map((n) => Math.SQRT2 * (9 - 8 * 0.8 ** n))
const heightAt = (t) => {
  const n = bounces.filter((at) => at < t).length
  const s = n === 0 ? t : t - bounces[n - 1]
  return n === 0 ? 9.8 - 4.9 * s * s : 9.8 * Math.SQRT2 * 0.8 ** n * s - 4.9 * s * s
}
const observed = Array.from({ length: 30 }, (_, i) => 0.17 * (i + 1))
const seen = observed.flatMap((t) => [heightAt(t), Number.NaN]) // NaN: the speed was not seen

const ball = new EventODE(field, { ...model, observed }) // outputs: the states at these times
const options = { optimizer: adam({ lr: 0.05 }), schedule: cosine(), epochs: 600 }
for (const { epoch, loss } of fit(ball, { x: [9.8, 0], y: seen }, options))
  if (epoch % 200 === 0) console.log(epoch, loss)

const found = new EventODE(field, { ...model, count: 3 }).forward([9.8, 0]).filter((_, i) => i % 3 === 0)
console.log(bounces, found)

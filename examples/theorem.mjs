// The theorem in a picture: one small network, applied 4, 64 and 1024 times, beside the function it was built for.

import { figure, heat, panel } from 'relode/plot'
import { approximate } from 'relode/theory'

const f = ([x, y]) => Math.sin(2 * Math.PI * x) * Math.cos(Math.PI * y)
const axis = Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40)
const points = axis.flatMap((y) => axis.map((x) => [x, y]))
const map = (title, values) =>
  panel({ title, x: {}, y: {}, layers: [heat({ x: axis, y: axis, values, domain: [-1, 1] })] })

const exact = points.map(f)
const panels = [map('f', exact)]
for (const r of [4, 64, 1024]) {
  const net = approximate(f, { d: 2, r, levels: 4 })
  const values = net.eval(points.flat())
  const error = Math.max(...values.map((value, i) => Math.abs(value - exact[i])))
  console.log(
    r,
    net.parameters,
    error,
    net.bound((t) => 2 * Math.PI * t),
  )
  panels.push(map(`r = ${r}`, values))
}
console.log(figure({ title: 'One network g, applied r times', columns: 4, panels }).slice(0, 60))

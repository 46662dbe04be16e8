// What the diagrams come down to: how many times the cost of relode a peer takes for the same error.
import { cheapest, costAt, mean } from './compare.mjs'

/** The general methods of relode, of which a user takes the best. */
const OURS = ['dopri5', 'dopri5, hairerPI', 'tsit5', 'tsit5, hairerPI', 'vern7', 'dopri8']
const PEERS = ['odex', 'dopri']
/** Errors at which costs are compared: half decades from 1e-3 to 1e-10. */
const ERRORS = Array.from({ length: 15 }, (_, i) => 10 ** (-3 - i / 2))
/** Those that are shown one by one. */
const SHOWN = [1e-3, 1e-5, 1e-7, 1e-9]

const timed = (points) => points.map(({ error, us }) => ({ error, cost: us.median }))

/** Time of `peer` over that of the cheapest of `mine` at an error; undefined where one of them does not get there. */
function ratioAt(curves, mine, peer, error) {
  const best = cheapest(Object.fromEntries(mine.map((name) => [name, curves[name]])), error)
  const other = costAt(curves[peer], error)
  return best === undefined || other === undefined ? undefined : { error, by: best.name, ratio: other / best.cost }
}

/** For one problem and peer: the ratio at the errors shown, its geometric mean and its least value over all. */
function compared(curves, mine, peer) {
  const all = ERRORS.flatMap((error) => ratioAt(curves, mine, peer, error) ?? [])
  if (all.length === 0) return undefined
  const least = all.reduce((a, b) => (b.ratio < a.ratio ? b : a))
  return {
    shown: SHOWN.map((error) => ratioAt(curves, mine, peer, error) ?? null),
    mean: mean(all.map(({ ratio }) => ratio)),
    least,
  }
}

/** By problem and peer: time of the peer over that of relode's best method, and over that of plain dopri5, at equal error. */
export function ratios(measured) {
  const of = (points) => {
    const curves = Object.fromEntries(Object.entries(points).map(([name, list]) => [name, timed(list)]))
    const peers = PEERS.filter((peer) => peer in curves)
    return Object.fromEntries(
      peers.map((peer) => [peer, { best: compared(curves, OURS, peer), dopri5: compared(curves, ['dopri5'], peer) }]),
    )
  }
  return Object.fromEntries(Object.entries(measured).map(([name, points]) => [name, of(points)]))
}

/** Evaluations of dopri5 with hairerPI over those of Hairer's DOPRI5, by problem, at the tolerances that both have. */
export function againstFortran(measured, fortran, tolerances) {
  const of = (name, { dopri5 }) =>
    tolerances.flatMap((tol, i) => {
      const point = measured[name]['dopri5, hairerPI'].find((candidate) => candidate.tol === tol)
      return point === undefined ? [] : { tol, ratio: point.nfe / dopri5[i] }
    })
  const known = Object.entries(fortran).filter(([name]) => name in measured)
  return Object.fromEntries(known.map(([name, counts]) => [name, of(name, counts)]))
}

const number = (value) => (value === undefined || value === null ? '' : value.toFixed(2))

/** Two tables in Markdown. */
export function summary({ ratios: byProblem, fortran }) {
  const cell = (side) =>
    side === undefined
      ? ' | '
      : `${side.shown.map((at) => number(at?.ratio) || '-').join(', ')} | ${number(side.mean)} | ${number(side.least.ratio)}`
  const rows = (peer) =>
    Object.entries(byProblem)
      .filter(([, peers]) => peer in peers)
      .map(([name, peers]) => {
        const { best, dopri5 } = peers[peer]
        const by = [...new Set(best?.shown.flatMap((at) => at?.by ?? []))].join(', ')
        return `| ${name} | ${cell(best)} | ${by} | ${number(dopri5?.mean)} | ${number(dopri5?.least.ratio)} |`
      })
  const tables = PEERS.map((peer) =>
    [
      `Time of ${peer} over that of relode at equal error`,
      '| problem | best method: at 1e-3, 1e-5, 1e-7, 1e-9 | mean | least | by | dopri5: mean | least |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...rows(peer),
    ].join('\n'),
  )
  const counts = Object.entries(fortran).map(
    ([name, list]) =>
      `| ${name} | ${list.map(({ tol, ratio }) => `${tol.toExponential()}: ${number(ratio)}`).join(', ')} |`,
  )
  return [...tables, ['Evaluations over DOPRI5', ...counts].join('\n')].join('\n\n')
}

import type { Parameters } from '../adjoint/model.ts'
import { Arena } from '../core/arena.ts'
import { copy, guarded, type Pointer, verbs } from '../core/boundary.ts'
import type { Field } from '../program/field.ts'
import type { Node } from './leapfrog-grid.ts'

/** What the way back needs to know of the way forth. */
interface Way {
  readonly field: Field
  readonly parameters: Parameters
  readonly times: Float64Array
  readonly rows: number
}

/**
 * The transpose of leapfrog steps, the last one first. A step is v' = v + h/2 a, q1 = q + h v', v1 = v' + h/2 a1, and a1 = a(t1, q1) is a of
 * the next: both kicks that use a force leave their cotangent with it, which goes through the transpose of the force once. v is had by
 * going back: the cotangents of times need it, and nothing else.
 */
export class Back {
  /** Cotangents of q and v at the node that has been reached. */
  readonly gq: Pointer
  readonly gv: Pointer
  /** Room for two blocks, free between the steps. */
  readonly q: Pointer
  readonly own: Pointer
  readonly dt: Float64Array
  readonly #way: Way
  readonly #arena = new Arena()
  readonly #charge: Pointer
  readonly #n: number
  readonly #bytes: number
  readonly #v: Pointer
  /** The force at the node and its cotangent; the cotangent of v behind the first kick of the step that begins there. */
  readonly #a: Pointer
  readonly #ga: Pointer
  readonly #kicked: Pointer
  /** The step that begins at the node, if there is one. */
  #next: Node | undefined

  /** @param v at the end; `gp` is added the cotangent of all parameters */
  constructor(way: Way, v: Pointer, bytes: number, gp: Pointer) {
    this.#way = way
    this.#n = way.rows * way.field.dim
    this.#bytes = bytes
    this.#charge = way.parameters.charge(0, gp)
    this.dt = new Float64Array(way.times.length)
    const block = (): Pointer => this.#arena.bytes(bytes)
    ;[this.gq, this.gv, this.q, this.own] = [block(), block(), block(), block()]
    ;[this.#v, this.#a, this.#ga, this.#kicked] = [block(), block(), block(), block()]
    copy(this.#v, v, bytes)
  }

  /** The transpose of a step that ends in `q`, where gq and gv have all that comes of later. */
  step(node: Node, q: Pointer): void {
    const { axpy, dot, scale } = verbs(this.#way.field.dtype)
    const [n, { h, interval, place }] = [this.#n, node]
    axpy(n, h / 2, this.gv, this.#ga)
    this.#charged(interval, place, this.#decelerate(node.t, q))
    const kick = dot(n, this.gv, this.#a) / 2
    axpy(n, -h / 2, this.#a, this.#v)
    this.#lengthen(node, kick + dot(n, this.gq, this.#v))
    axpy(n, h, this.gq, this.gv)
    scale(n, h / 2, this.gv, this.#ga)
    copy(this.#kicked, this.gv, this.#bytes)
    this.#next = node
  }

  /** What is left where the first step begins. */
  start({ interval }: Node, q: Pointer): void {
    this.#charged(interval, 0, this.#decelerate(this.#way.times[0] as number, q))
  }

  /** Takes the cotangent of the force at a node to that of q, and finishes the step behind it. Returns the cotangent of its time. */
  #decelerate(t: number, q: Pointer): number {
    const { field, rows } = this.#way
    const { applyTranspose, axpy, dot } = verbs(field.dtype)
    const [n, arena, next] = [this.#n, this.#arena, this.#next]
    const mark = arena.mark()
    const moved = guarded(() =>
      applyTranspose(field.ready(), arena.pointer, rows, t, q, this.#ga, this.own, this.#charge, this.#a),
    )
    arena.release(mark)
    axpy(n, 1, this.own, this.gq)
    if (next !== undefined) {
      this.#lengthen(next, dot(n, this.#kicked, this.#a) / 2)
      axpy(n, -next.h / 2, this.#a, this.#v)
    }
    return moved
  }

  /** The cotangent of the length of a step, which is a share of an interval. */
  #lengthen({ interval, share }: Node, cotangent: number): void {
    this.dt[interval + 1] = (this.dt[interval + 1] as number) + share * cotangent
    this.dt[interval] = (this.dt[interval] as number) - share * cotangent
  }

  /** The cotangent of a time within an interval. */
  #charged(interval: number, place: number, cotangent: number): void {
    this.dt[interval + 1] = (this.dt[interval + 1] as number) + place * cotangent
    this.dt[interval] = (this.dt[interval] as number) + (1 - place) * cotangent
  }

  free(): void {
    this.#arena.free()
  }
}

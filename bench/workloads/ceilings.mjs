// What one core can do inside of wasm, and what the C compilers make of plain loops is measured against: stated, not compared.
import { ceilings } from '../harness/ceilings.mjs'
import { takeTurns } from '../harness/rounds.mjs'
import { quartiles } from '../harness/stats.mjs'

export const title = 'The limits of one core inside of wasm'

async function measure(_, plan) {
  const all = await ceilings()
  const us = await takeTurns(all, plan)
  const figures = all.map(({ name, work, unit }) => ({
    name,
    unit,
    ...quartiles(us[name].map((t) => work / t / 1000)),
  }))
  return { id: 'ceilings', title: 'twelve multiply-adds in registers, and reads', figures }
}

export const cases = [{ id: 'ceilings', title: 'limits', measure }]

// relode at the same tasks in every runtime.
import { measureRuntimes, planOf } from '../runtimes/measure.mjs'

export const title = 'Every runtime: the packed tarball, microseconds and the ratio to the first'

async function measure(_, { quick }) {
  const notes = ['The numbers computed are the same in all of them, to the last bit.']
  return { id: 'runtimes', title: 'microseconds', runtimes: await measureRuntimes(planOf(quick)), notes }
}

export const cases = [{ id: 'runtimes', title: 'microseconds', measure }]

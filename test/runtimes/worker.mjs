// For workerd: answers /result with the result of the run, /first when it has a first result, anything else at once.
import { first } from './digest.mjs'
import { measure } from './measure.mjs'

const load = () => import('relode')

export default {
  fetch: async ({ url }) => {
    const { pathname } = new URL(url)
    if (pathname === '/first') first(await load())
    return Response.json(pathname === '/result' ? await measure(load, () => import('relode/pool')) : null)
  },
}

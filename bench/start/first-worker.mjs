// The same for workerd, whose clock stands still: the time is taken outside.
import { first } from './digest.mjs'

export default {
  fetch: async ({ url }) => {
    if (new URL(url).pathname === '/first') first(await import('relode'))
    return Response.json(null)
  },
}

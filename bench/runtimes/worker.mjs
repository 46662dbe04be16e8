// For workerd: /prepare/ID and /time/ID/CALLS. Its clock stands still within a request, so the driver takes the time.
import { prepare, time } from './bench.mjs'

export default {
  fetch: async ({ url }) => {
    const [, command, id, calls] = new URL(url).pathname.split('/')
    if (command === 'prepare') return Response.json(await prepare(id))
    return Response.json(command === 'time' ? time(id, Number(calls)) : null)
  },
}

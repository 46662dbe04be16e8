// For workerd: answers a request with the result.
import { measure } from './measure.mjs'

export default {
  fetch: async () => Response.json(await measure(() => import('relode'))),
}

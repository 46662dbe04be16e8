/**
 * relode/relaxed: the core with fused multiply-add, for `relode` and its companions. Faster where work is large; other bits than those
 * of the strict core, and not the same on every machine.
 *
 * @module
 */

import { type Info, info, takeBuild } from './core/boundary.ts'
import { checkOneOf } from './core/check.ts'
import { relaxedModule } from './load/inline-relaxed.ts'

/** Options of `configure`. */
export interface RelaxedOptions {
  /** true: the relaxed core, where the engine has it. Default: what the environment says, RELODE_FAST=1 or not. */
  readonly fast?: boolean
}

/**
 * Chooses the core, once and before anything of relode is used. Without relaxed SIMD the strict core stays, and `build` says so.
 *
 * @returns what `info` of relode tells from then on
 * @throws Error when another core is in use already
 *
 * ```ts
 * const { build } = configure({ fast: true }) // 'relaxed', or 'strict' where there is none
 * ```
 */
export function configure(options: RelaxedOptions = {}): Info {
  const { fast = fastByEnvironment() } = options
  checkOneOf('fast', fast, [true, false])
  const module = fast && info().build === 'strict' ? relaxedModule() : undefined
  if (module !== undefined) takeBuild('relaxed', () => module)
  else if (!fast) takeBuild('strict')
  return info()
}

function fastByEnvironment(): boolean {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } }
  try {
    return process?.env['RELODE_FAST'] === '1'
  } catch {
    // Deno, where reading the environment is not permitted.
    return false
  }
}

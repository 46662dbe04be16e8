import { loadModule } from './load/inline.ts'

export function version(): string {
  return String(loadModule())
}

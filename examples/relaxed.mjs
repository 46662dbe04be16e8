// The core with fused multiply-add.
import { info } from 'relode'
import { configure } from 'relode/relaxed'

const { build } = configure({ fast: true }) // 'relaxed', or 'strict' where the engine has no relaxed SIMD
console.log(build === info().build)

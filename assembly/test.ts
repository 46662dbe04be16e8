export * from './test/math'
export * from './index'
export * from './test/kernels'

export * from './bench/peaks'
export * from './test/kernels'

/** The path of a program of Foundry, which is installed first if it is not there; tests and benchmarks compare with it. */
export function installFoundry(program: 'anvil' | 'cast' | 'forge'): string

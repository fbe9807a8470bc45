/** The version of Foundry that tests and benchmarks compare with. */
export const FOUNDRY_VERSION: string
export function foundryPath(program: 'anvil' | 'cast' | 'forge'): string
export function installFoundry(program: 'anvil' | 'cast' | 'forge'): string

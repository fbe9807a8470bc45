import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Hex } from '@opengradient/protocol'
import type { Abi } from 'viem'

interface Compiled {
  readonly abi: Abi
  /** Runtime code, of a contract without constructor. */
  readonly code: Hex
  /** Creation code, without constructor arguments. */
  readonly initCode: Hex
}

const require = createRequire(import.meta.url)
const modules = join(dirname(require.resolve('@openzeppelin/contracts/package.json')), '..', '..')

/** OpenZeppelin's files, by the names under which Solidity imports them. */
const imported = (path: string) => ({ contents: readFileSync(join(modules, path), 'utf8') })

/** The contracts of one Solidity file beside the tests, by name. */
export function compileBeside(file: string): Record<string, Compiled> {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const output = compile({
    language: 'Solidity',
    sources: { [file]: { content: source } },
    settings: {
      evmVersion: 'prague',
      // Small enough to be deployed; all else that makes code smaller takes more than half of the time.
      optimizer: { enabled: true, details: { yul: false, cse: false } },
      outputSelection: { [file]: { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }) as {
    errors?: { severity: string; formattedMessage: string }[]
    contracts: Record<string, Record<string, { abi: Abi; evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>>
  }
  const errors = (output.errors ?? []).filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((problem) => problem.formattedMessage).join('\n'))
  return Object.fromEntries(
    Object.entries(output.contracts[file] ?? {}).map(([name, { abi, evm }]) => [
      name,
      { abi, code: `0x${evm.deployedBytecode.object}`, initCode: `0x${evm.bytecode.object}` },
    ]),
  )
}

/** What solc says to its input. It runs for seconds: to optimise its WebAssembly takes longer than that saves. */
export function compile(input: object): unknown {
  setFlagsFromString('--liftoff-only')
  try {
    const solc = require('solc') as { compile(input: string, callbacks: { import: typeof imported }): string }
    return JSON.parse(solc.compile(JSON.stringify(input), { import: imported }))
  } finally {
    setFlagsFromString('--no-liftoff-only')
  }
}

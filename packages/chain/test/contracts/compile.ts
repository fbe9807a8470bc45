import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Hex } from '@opengradient/protocol'
import type { Abi } from 'viem'

interface Compiled {
  readonly abi: Abi
  /** Runtime code. */
  readonly code: Hex
}

/** The contracts of one Solidity file beside the tests, by name. None has a constructor. */
export function compileBeside(file: string): Record<string, Compiled> {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { [file]: { content: source } },
        settings: { evmVersion: 'prague', outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } } },
      }),
    ),
  ) as {
    errors?: { severity: string; formattedMessage: string }[]
    contracts: Record<string, Record<string, { abi: Abi; evm: { deployedBytecode: { object: string } } }>>
  }
  const errors = (output.errors ?? []).filter((problem) => problem.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((problem) => problem.formattedMessage).join('\n'))
  return Object.fromEntries(
    Object.entries(output.contracts[file] ?? {}).map(([name, { abi, evm }]) => [name, { abi, code: `0x${evm.deployedBytecode.object}` }]),
  )
}

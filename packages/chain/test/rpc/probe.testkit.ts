import { readFileSync } from 'node:fs'
import { type Abi, type Hex, parseAbi } from 'viem'
import { compile } from '../contracts/compile.ts'

/** The interface of `fixtures/Probe.sol`, typed. */
export const probeAbi = parseAbi([
  'event Stored(address indexed who, uint256 indexed key, uint256 value)',
  'error TooLarge(uint256 value, uint256 limit)',
  'function values(uint256) view returns (uint256)',
  'function total() view returns (uint256)',
  'function store(uint256 key, uint256 value) payable returns (uint256)',
  'function fail(string why) pure',
  'function overflow(uint256 a) pure returns (uint256)',
  'function spin() view returns (uint256)',
  'function hungry() view returns (bool)',
  'function environment() view returns (uint256, uint256, uint256, address, uint256)',
])

interface Probe {
  readonly abi: Abi
  readonly bytecode: Hex
}

let compiled: Probe | undefined

/** `fixtures/Probe.sol`, compiled once with the pinned compiler of the package; nothing is downloaded. */
export function compileProbe(): Probe {
  compiled ??= compiledProbe()
  return compiled
}

function compiledProbe(): Probe {
  const content = readFileSync(new URL('./fixtures/Probe.sol', import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { 'Probe.sol': { content } },
    settings: { evmVersion: 'prague', optimizer: { enabled: true }, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  }
  const output = compile(input) as { contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>> }
  const { abi, evm } = output.contracts['Probe.sol']!.Probe!
  return { abi, bytecode: `0x${evm.bytecode.object}` }
}

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { accountAt } from '@opengradient/protocol'
import { privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installFoundry } from '../../../scripts/foundry.mjs'
import { startTestNode, type TestNode } from '../test/rpc/node.testkit.ts'

let node: TestNode
let project: string

beforeAll(async () => {
  node = await startTestNode({ development: true })
  project = await mkdtemp(join(tmpdir(), 'og-forge-'))
  await mkdir(join(project, 'src'))
  await copyFile(new URL('../test/rpc/fixtures/Probe.sol', import.meta.url), join(project, 'src', 'Probe.sol'))
  const solc = fileURLToPath(new URL('./solc.mjs', import.meta.url))
  await writeFile(
    join(project, 'foundry.toml'),
    `[profile.default]\nsolc = "${solc}"\noffline = true\noptimizer = true\nevm_version = "prague"\n`,
  )
})
afterAll(async () => {
  await node.close()
  await rm(project, { recursive: true, force: true })
})

/** Runs a program in the project with the node's address in its environment; what it prints, or what it failed with. */
async function run(program: 'cast' | 'forge', ...args: string[]): Promise<string> {
  const env = { ...process.env, ETH_RPC_URL: node.url, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', NO_COLOR: '1', HOME: project }
  const { stdout } = await promisify(execFile)(installFoundry(program), args, { cwd: project, env, timeout: 60_000 })
  return stdout.trim()
}
const cast = (...args: string[]) => run('cast', ...args)

describe('forge and cast on a node', () => {
  let probe: string
  let sent: string

  it('forge deploys a contract', async () => {
    const { deployedTo, transactionHash } = JSON.parse(
      await run('forge', 'create', 'src/Probe.sol:Probe', '--broadcast', '--json', '--private-key', node.key(0)),
    )
    expect(deployedTo).toMatch(/^0x[0-9a-fA-F]{40}$/)
    expect(JSON.parse(await cast('receipt', transactionHash, '--json'))).toMatchObject({
      status: '0x1',
      contractAddress: deployedTo.toLowerCase(),
    })
    expect(await cast('codesize', deployedTo)).not.toBe('0')
    probe = deployedTo
  })

  it('cast sends, calls, estimates and reads', async () => {
    const receipt = JSON.parse(await cast('send', probe, 'store(uint256,uint256)', '3', '5', '--json', '--private-key', node.key(0)))
    expect(receipt).toMatchObject({ status: '0x1', to: probe.toLowerCase() })
    sent = receipt.transactionHash
    expect(await cast('call', probe, 'values(uint256)(uint256)', '3')).toBe('5')
    expect(Number(await cast('estimate', probe, 'store(uint256,uint256)', '4', '5'))).toBeGreaterThan(21_000)
    expect(await cast('chain-id')).toBe(String(node.viemChain.id))
    expect(await cast('block-number')).toBe(String(node.chain.head().height))
    expect(JSON.parse(await cast('block', 'latest', '--json'))).toMatchObject({ hash: node.chain.head().hash })
    expect(JSON.parse(await cast('tx', sent, '--json'))).toMatchObject({ from: privateKeyToAddress(node.key(0)).toLowerCase() })
    expect(await cast('nonce', privateKeyToAddress(node.key(0)))).toBe('2')
    expect(await cast('balance', privateKeyToAddress(node.key(1)), '--ether')).toMatch(/^1000/)
    expect(Number(await cast('gas-price'))).toBeGreaterThan(0)
    const access = await cast('access-list', probe, 'store(uint256,uint256)', '9', '5', '--from', privateKeyToAddress(node.key(0)))
    expect(access.toLowerCase()).toContain(probe.toLowerCase())
  })

  it('cast shows why a call and a transaction failed', async () => {
    await expect(cast('call', probe, 'fail(string)', 'hard no')).rejects.toThrow('hard no')
    await expect(cast('send', probe, 'fail(string)', 'hard no', '--private-key', node.key(0))).rejects.toThrow('hard no')
  })

  it('cast finds logs, and proofs that verify', async () => {
    const logs = JSON.parse(await cast('logs', '--from-block', '0', '--address', probe, '--json', 'Stored(address,uint256,uint256)'))
    expect(logs.map((log: { transactionHash: string }) => log.transactionHash)).toEqual([sent])
    const proof = JSON.parse(await cast('proof', probe, '0', '--json'))
    const { stateRoot } = JSON.parse(await cast('block', 'latest', '--json'))
    expect(accountAt(stateRoot, proof.address, proof.accountProof)?.codeHash).toBe(proof.codeHash)
  })

  it('cast replays a transaction, here by its own EVM on our state and by our tracer', async () => {
    expect(await cast('run', sent, '--quick')).toContain('Transaction successfully executed')
    const trace = JSON.parse(await cast('rpc', 'debug_traceTransaction', sent, '{"tracer":"callTracer"}'))
    expect(trace).toMatchObject({ type: 'CALL', to: probe.toLowerCase() })
  })

  it('forge runs a script against a fork of the node', async () => {
    const script = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;
interface IProbe { function values(uint256) external view returns (uint256); }
contract Read { function run() external view returns (uint256) { return IProbe(${probe}).values(3); } }`
    await writeFile(join(project, 'src', 'Read.sol'), script)
    const said = await run('forge', 'script', 'src/Read.sol:Read', '--fork-url', node.url, '--json')
    expect(said).toContain('"internal_type":"uint256","value":"5"')
  })
})

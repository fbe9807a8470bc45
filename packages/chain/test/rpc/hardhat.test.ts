import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { accountAt } from '@opengradient/protocol'
import { encodeErrorResult, encodeFunctionData, parseAbi } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestNode, type TestNode } from './node.testkit.ts'
import { compileProbe, probeAbi } from './probe.testkit.ts'

let node: TestNode
let project: string

beforeAll(async () => {
  node = await startTestNode()
  // So many that its logs are searched for in more than a thousand.
  while (node.chain.head().height < 1_000n) await node.mine()
  project = await mkdtemp(join(tmpdir(), 'og-hardhat-'))
  const network = { type: 'http', chainType: 'l1', url: node.url, accounts: [node.key(0)] }
  await writeFile(join(project, 'package.json'), '{"type":"module","private":true}')
  await writeFile(join(project, 'hardhat.config.js'), `export default { networks: { og: ${JSON.stringify(network)} } }`)
  await copyFile(new URL('./fixtures/hardhat.mjs', import.meta.url), join(project, 'script.mjs'))
  await symlink(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(project, 'node_modules'), 'junction')
})
afterAll(async () => {
  await node.close()
  await rm(project, { recursive: true, force: true })
})

it('Hardhat 3 deploys, calls, estimates, sends, replaces, finds logs and proofs over its http network, and shows why a call failed', {
  timeout: 600_000,
}, async () => {
  const encode = (functionName: 'store' | 'fail' | 'values', args: readonly unknown[]) =>
    encodeFunctionData({ abi: probeAbi, functionName, args } as never)
  const args = [compileProbe().bytecode, encode('store', [3n, 5n]), encode('fail', ['hard no']), encode('values', [3n])]
  const { stdout } = await promisify(execFile)(process.execPath, ['script.mjs', ...args], { cwd: project, timeout: 500_000 })
  const said = JSON.parse(stdout.trim().split('\n').at(-1)!)

  expect(said).toMatchObject({
    chainId: `0x${node.viemChain.id.toString(16)}`,
    from: privateKeyToAddress(node.key(0)).toLowerCase(),
    deployed: '0x1',
    stored: '0x1',
    logs: 1,
    replaced: null,
    replacement: '0x1',
    found: 1,
    value: `0x${'5'.padStart(64, '0')}`,
  })
  expect(accountAt(said.stateRoot, said.proof.address, said.proof.accountProof)?.codeHash).toBe(said.proof.codeHash)
  expect(Number(said.gas)).toBeGreaterThan(21_000)
  const revertData = encodeErrorResult({ abi: parseAbi(['error Error(string)']), errorName: 'Error', args: ['hard no'] })
  for (const failure of [said.callFailure, said.estimateFailure]) {
    expect(failure).toMatchObject({ code: 3, message: expect.stringContaining('hard no'), data: revertData })
  }
  expect(said.sendFailure.message).toContain('hard no')
  expect(said.nonceFailure.message).toContain('nonce too low')
})

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bytesToHex } from '@opengradient/protocol'
import { JsonRpc } from '../measure/jsonRpc.ts'
import { cpuSeconds, processTree } from '../measure/processTree.ts'
import { CHAIN_ID, OPG, type Wallet } from '../measure/wallet.ts'

/** A node in a process of its own that makes a block when `evm_mine` says so. */
export interface PeerNode {
  readonly rpc: JsonRpc
  /** Seconds of CPU that it has used so far. */
  cpuSeconds(): number
  stop(): Promise<void>
}

export type StartNode = (senders: readonly Wallet[]) => Promise<PeerNode>

/** Ours, on disk. */
export const startOurs: StartNode = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'og-bench-chain-'))
  const child = fork(fileURLToPath(new URL('./nodeProcess.js', import.meta.url)), [dataDir], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(message as number))
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
  return node(child, port, () => rmSync(dataDir, { recursive: true, force: true }))
}

/** Foundry's anvil, in memory, with our chain id and gas limit. */
export const startAnvil: StartNode = async (senders) => {
  const port = await freePort()
  const args = [
    '--port',
    port,
    '--chain-id',
    CHAIN_ID,
    '--gas-limit',
    60_000_000,
    '--no-mining',
    '--accounts',
    1,
    '--silent',
    '--order',
    'fifo',
  ]
  const child = spawn(anvilPath(), args.map(String), { stdio: ['ignore', 'ignore', 'inherit'] })
  const started = node(child, port, () => {})
  for (let tries = 0; ; tries++) {
    const ready = await started.rpc.call('eth_chainId', []).catch(() => undefined)
    if (ready) break
    if (tries > 200) throw new Error('anvil does not answer')
    await sleep(50)
  }
  for (const { address } of senders) await started.rpc.call('anvil_setBalance', [address, `0x${(10_000n * OPG).toString(16)}`])
  return started
}

/** Installs it if need be. */
function anvilPath(): string {
  const script = fileURLToPath(new URL('../../../scripts/foundry.mjs', import.meta.url))
  return execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).split('\n')[0]!
}

function node(child: ChildProcess, port: number, cleanUp: () => void): PeerNode {
  const rpc = new JsonRpc(port)
  return {
    rpc,
    cpuSeconds: () => cpuSeconds(processTree(child.pid!)),
    stop: () =>
      new Promise((resolve) => {
        rpc.close()
        child.once('exit', () => {
          cleanUp()
          resolve()
        })
        child.kill('SIGKILL')
      }),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The body of one HTTP request that sends transactions. */
export const sendBody = (raws: readonly Uint8Array[]): string =>
  JSON.stringify(raws.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [bytesToHex(raw)] })))

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesToHex, type Hex } from '@opengradient/protocol'
import { encodeGenesis } from '../src/genesis/genesis.ts'
import { type Program, run } from '../test/process.testkit.ts'
import { Engine } from './engine.ts'
import type { Place, TestNetwork } from './network.testkit.ts'

const ENGINE_GRACE_MS = 5_000
/** Milliseconds without a block after which a network stands still: it makes several a second. */
const STILL_MS = 3_000

export interface StartOptions {
  /** `POINT@HEIGHT`: where the node kills itself, or is held, in that block or the next one that comes; see `node.program.ts`. */
  readonly crash?: string
  /** It makes one every five blocks. */
  readonly snapshots?: boolean
  /** Put before the node: `ulimit -f 100;` and the like. */
  readonly shell?: string
  /** Seconds by which the node's clock is ahead. */
  readonly ahead?: number
  /** Its key may be elsewhere, too: it does not compare the votes of the network with its record. */
  readonly careless?: boolean
  /** The command under which CometBFT runs: `ip netns exec NAME` and the like. */
  readonly under?: readonly string[]
}

/** A validator, or a node that only follows: a node and its CometBFT, two processes that can be killed and started again. */
export class Validator {
  readonly #binary: string
  readonly #program: string
  readonly #place: Place
  readonly #genesisFile: string
  #node: Program | undefined
  #url = ''
  engine: Engine | undefined
  /** Hashes of the blocks it said it committed, over all its lives. */
  readonly blocks = new Map<bigint, Hex>()

  constructor(binary: string, program: string, network: TestNetwork, index: number) {
    this.#binary = binary
    this.#program = program
    this.#place = network.places[index]!
    this.#genesisFile = join(dirname(this.#place.dataDir), 'genesis.og.json')
    writeFileSync(this.#genesisFile, encodeGenesis(network.genesis))
  }

  /** Of its JSON-RPC. */
  get url(): string {
    return this.#url
  }

  /** Starts both. */
  async start({ crash, snapshots, shell, ahead, careless, under }: StartOptions = {}): Promise<void> {
    const { dataDir, listen, rpc, home } = this.#place
    this.crashAt(crash)
    const files = ['--genesis', this.#genesisFile, '--data', dataDir, '--listen', listen, '--engine', rpc, '--crash', this.#crashFile]
    const making = [...(snapshots ? ['--snapshots', this.snapshots] : []), ...(careless ? [] : ['--home', home])]
    this.#node = run(this.#program, [...files, ...making, ...(ahead ? [`--ahead=${ahead}`] : [])], shell)
    this.#url = (await this.#node.said('rpc ')).slice(4)
    this.engine = new Engine(this.#binary, home, under)
  }

  /** Where the running node kills itself, as `node.program.ts` is told; nowhere unless said. */
  crashAt(crash?: string): void {
    // In one step: the node must not read half of it.
    writeFileSync(`${this.#crashFile}.new`, crash ?? '')
    renameSync(`${this.#crashFile}.new`, this.#crashFile)
  }

  /** Whether the node waits where `crash` has it held. */
  get held(): boolean {
    return existsSync(this.#heldFile)
  }

  /** Lets a node that is held go on. */
  release(): void {
    rmSync(this.#heldFile)
  }

  /** The folder of its snapshots. */
  get snapshots(): string {
    return join(this.#place.home, 'snapshots')
  }

  get #crashFile(): string {
    return join(this.#place.home, 'crash')
  }

  get #heldFile(): string {
    return `${this.#crashFile}.held`
  }

  /** Kills what runs, with -9. */
  async kill(): Promise<void> {
    this.#node?.process.kill('SIGKILL')
    await Promise.all([this.#node?.ended, this.engine?.kill()])
    this.said()
    this.#node = undefined
    this.engine = undefined
  }

  /** Resolves when the node has died by itself, and CometBFT with it, or killed if it does not end: see `EngineProcess` of the CLI. */
  async died(): Promise<void> {
    await this.#node!.ended
    await Promise.race([this.engine!.exit(), sleep(ENGINE_GRACE_MS, undefined, { ref: false })])
    await this.kill()
  }

  /** What the node has said besides its blocks. Fails when it committed two blocks at one height. */
  said(): string[] {
    const other: string[] = []
    for (const line of this.#node?.lines ?? []) {
      const [, height, hash] = /^block (\d+) (0x\w+)$/.exec(line) ?? []
      if (height === undefined) {
        other.push(line)
        continue
      }
      const before = this.blocks.get(BigInt(height))
      if (before !== undefined && before !== hash) throw new Error(`two blocks at height ${height}: ${before} and ${hash}`)
      this.blocks.set(BigInt(height), hash as Hex)
    }
    return other.filter((line) => !line.startsWith('rpc '))
  }

  /** What it has said of trouble: not that its CometBFT, which catches up at each start, does not take transactions yet. */
  complaints(): string[] {
    return this.said().filter((line) => !line.includes('does not take transactions yet'))
  }

  async rpc<T>(method: string, ...params: unknown[]): Promise<T> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer = await fetch(this.#url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { result, error } = (await answer.json()) as { result: T; error?: { message: string } }
    if (error) throw new Error(error.message)
    return result
  }

  send(raw: Uint8Array): Promise<Hex> {
    return this.rpc('eth_sendRawTransaction', bytesToHex(raw))
  }

  async height(): Promise<bigint> {
    return BigInt(await this.rpc<Hex>('eth_blockNumber'))
  }

  async hashAt(height: bigint): Promise<Hex> {
    return (await this.rpc<{ hash: Hex }>('eth_getBlockByNumber', `0x${height.toString(16)}`, false)).hash
  }

  /** Waits until it has this block; one that begins with a snapshot has none before. */
  async reaches(height: bigint): Promise<void> {
    await this.engine!.until(async () => {
      try {
        return (await this.height()) >= height
      } catch (error) {
        if (error instanceof Error && error.message.includes('restoring its state')) return false
        throw error
      }
    })
  }
}

/** Waits until none of them has had a new block for a while; answers their heights. What was decided before a split may still come. */
export async function standStill(validators: readonly Validator[]): Promise<bigint[]> {
  const heights = () => Promise.all(validators.map((validator) => validator.height()))
  let last = await heights()
  for (let since = Date.now(); Date.now() < since + STILL_MS; await sleep(50)) {
    const now = await heights()
    if (now.join() !== last.join()) since = Date.now()
    last = now
  }
  return last
}

/** Fails unless they have the same blocks up to this one. */
export async function expectSameBlocks(validators: readonly Validator[], height: bigint): Promise<void> {
  for (const validator of validators) await validator.reaches(height)
  for (let at = 0n; at <= height; at++) {
    const hashes = await Promise.all(validators.map((validator) => validator.hashAt(at)))
    if (new Set(hashes).size > 1) throw new Error(`not the same blocks at height ${at}: ${hashes.join(', ')}`)
  }
}

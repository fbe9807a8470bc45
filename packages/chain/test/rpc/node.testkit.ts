import { bytesToHex, devAccount, type Hex } from '@opengradient/protocol'
import { defineChain, parseEther, type Chain as ViemChain } from 'viem'
import { type Chain, type Clock, createChain, type Genesis, makeGenesis, type RpcOptions, startRpc, systemClock } from '../../src/index.ts'

const CHAIN_ID = 10_740_000_001n
const VALIDATOR = devAccount(CHAIN_ID, 3)

/** A real node on memory or a folder, served on a real port. */
export interface TestNode {
  readonly chain: Chain
  readonly url: string
  readonly webSocketUrl: string
  readonly port: number
  readonly genesisHash: Hex
  /** The chain as viem's clients want it described. */
  readonly viemChain: ViemChain
  /** Private key of the n-th development account; 0 to 4 have money. */
  key(index: number): Hex
  /** Makes a block now. */
  mine(): Promise<void>
  close(): Promise<void>
}

export interface TestNodeOptions extends Pick<RpcOptions, 'limits' | 'port' | 'lightBlocks' | 'documents' | 'publicUrl'> {
  /** Keeps the chain in this folder, so that a later node can go on with it. */
  readonly dataDir?: string
  /** Blocks are made by `mine` alone, so that the test decides what is in which. */
  readonly onlyMine?: boolean
  /** Clients may make blocks and move their time. */
  readonly development?: boolean
}

/** On a machine with no time everything takes long; what a limit of time does is asked for by name. */
const UNHURRIED = { maxCallMilliseconds: 600_000, maxTraceMilliseconds: 600_000, maxScanMilliseconds: 600_000 }

/** A clock without timers: the driver never acts by itself. */
const STILL: Clock = { now: () => Date.now(), after: () => () => {} }

let genesis: Promise<Genesis> | undefined

/** The same genesis for every node of a test file: making it runs the constructors of all system contracts. */
const sharedGenesis = () =>
  (genesis ??= makeGenesis({
    chainId: CHAIN_ID,
    validator: VALIDATOR.address,
    time: BigInt(Math.floor(Date.now() / 1_000) - 3_600),
    faucets: [0, 1, 2, 4].map((index) => ({ address: devAccount(CHAIN_ID, index).address, amount: parseEther('1000') })),
  }))

export async function startTestNode({
  dataDir,
  limits,
  port,
  onlyMine = false,
  development = false,
  ...served
}: TestNodeOptions = {}): Promise<TestNode> {
  const place = dataDir === undefined ? ({ memory: true } as const) : { dataDir }
  // An empty block once a second: a client of viem that missed the block of its transaction looks again with the next.
  const timing = { blockInterval: 50, idleInterval: 1_000, gather: 5 }
  const clock = onlyMine ? STILL : systemClock
  const chain = await createChain({
    ...place,
    genesis: await sharedGenesis(),
    validatorKey: VALIDATOR.privateKey,
    timing,
    clock,
    development,
  })
  const rpc = await startRpc(chain, {
    ...served,
    limits: { ...UNHURRIED, ...limits },
    ...(port !== undefined && { port }),
    onFault: (method, error) => console.error(method, error),
  }).catch(async (error: unknown) => {
    await chain.close()
    throw error
  })
  return {
    chain,
    url: rpc.url,
    webSocketUrl: rpc.webSocketUrl,
    port: rpc.port,
    genesisHash: chain.genesisHash,
    viemChain: defineChain({
      id: Number(CHAIN_ID),
      name: 'test',
      nativeCurrency: { name: 'OPG', symbol: 'OPG', decimals: 18 },
      rpcUrls: { default: { http: [rpc.url] } },
    }),
    key: (index) => bytesToHex(devAccount(CHAIN_ID, index).privateKey),
    mine: async () => {
      await chain.mine?.()
    },
    close: async () => {
      await rpc.close()
      await chain.close()
    },
  }
}

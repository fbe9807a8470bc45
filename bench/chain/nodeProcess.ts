import { createChain, makeGenesis, startRpc } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { CHAIN_ID, OPG, wallets } from '../measure/wallet.ts'
import { SENDERS } from './workloads.ts'

/** Our node with JSON-RPC in a process of its own, on the disk folder that it is given. Makes blocks when asked to, as its peer does. */
const dataDir = process.argv[2]!
const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
const faucets = wallets(SENDERS).map(({ address }) => ({ address, amount: 10_000n * OPG }))
const time = BigInt(Math.floor(Date.now() / 1_000) - 3_600)
const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validator.address, faucets, time })
const NEVER = 2 ** 31 - 1
const timing = { blockInterval: NEVER, idleInterval: NEVER, gather: NEVER }
const chain = await createChain({ dataDir, genesis, validatorKey: validator.privateKey, timing, development: true })
const { port } = await startRpc(chain)
process.send?.(port)
process.on('disconnect', () => process.exit(0))

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createChain, parseGenesis, startRpc } from '@opengradient/chain'

/** What the process says: its JSON-RPC port when it is up, then each block that it has committed, with the hashes of its transactions. */
export type Said = { readonly port: number } | { readonly height: number; readonly hashes: readonly string[] }

/** A node on CometBFT. Arguments: home, genesis file, ABCI socket, RPC of CometBFT, blocks from one snapshot to the next (0: none), `hurry`. */
const [home, genesisFile, listen, rpc, every, hurry] = process.argv.slice(2) as [string, string, string, string, string, string?]
const say = (said: Said) => process.send?.(said)
const snapshots = { folder: join(home, 'snapshots'), interval: BigInt(every), keep: 20 }
const chain = await createChain({
  dataDir: join(home, 'chain'),
  genesis: parseGenesis(readFileSync(genesisFile)),
  cometbft: { listen, rpc, paced: hurry === undefined, ...(every !== '0' && { snapshots }) },
  log: { info: () => {}, error: (fields, message) => console.error(message, fields) },
})
chain.onBlock(({ height, hashes }) => say({ height: Number(height), hashes }))
const { port } = await startRpc(chain, { limits: { maxBatch: 500 } })
say({ port })
process.on('disconnect', () => process.exit(0))

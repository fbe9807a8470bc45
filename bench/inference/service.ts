import { readFileSync } from 'node:fs'
import { createChain, networkFileOf, parseGenesis, startRpc } from '@opengradient/chain'
import { startInferenceNode } from '@opengradient/inference'
import { bytesToHex, DEV_ACCOUNTS, devAccount, encodeNetworkFile, parseNetworkFile } from '@opengradient/protocol'

/**
 * A chain or a node in a process of its own, as on a real machine: `service.js chain DIR GENESIS` or `service.js node DIR NETWORK STORE
 * PRICE OPERATOR`. Says what it is by a message to its parent; ends when told anything.
 */
const [role, dir, file, store, price, operator] = process.argv.slice(2) as [string, string, string, string, string, string]

if (role === 'chain') {
  const genesis = parseGenesis(readFileSync(file))
  const validatorKey = devAccount(genesis.chainId, DEV_ACCOUNTS.validator).privateKey
  const chain = await createChain({ dataDir: dir, genesis, validatorKey })
  const rpc = await startRpc(chain, { port: 0 })
  const network = Buffer.from(encodeNetworkFile(networkFileOf(chain, 'local', rpc.url))).toString('utf8')
  process.once(
    'message',
    () =>
      void rpc
        .close()
        .then(() => chain.close())
        .then(() => process.exit(0)),
  )
  process.send?.({ network })
} else {
  const network = parseNetworkFile(readFileSync(file))
  const key = (index: number) => devAccount(network.chainId, index).privateKey
  const node = await startInferenceNode({
    network,
    dataDir: dir,
    accountKey: key(Number(operator)),
    receiptKey: key(1000 + Number(operator)),
    stores: [store],
    serve: 'all',
    price: BigInt(price),
    bond: 10_000n * 10n ** 18n,
    port: 0,
  })
  process.on('message', (message) => {
    if (message === 'pending') process.send?.(node.pending())
    else void node.close().then(() => process.exit(0))
  })
  process.send?.({ url: node.url, address: node.address, till: node.till, key: bytesToHex(key(1000 + Number(operator))) })
}

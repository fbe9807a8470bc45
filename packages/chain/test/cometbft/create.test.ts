import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { base64, bytesToHex } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enginePublicKey } from '../../src/consensus/cometbft/engineKey.ts'
import { writeRequest } from '../../src/consensus/cometbft/envelope.ts'
import { frame } from '../../src/consensus/cometbft/frame.ts'
import { createChain } from '../../src/create.ts'
import type { Genesis } from '../../src/genesis/genesis.ts'
import { makeGenesis } from '../../src/genesis/make.ts'
import { CHAIN_ID, GENESIS_TIME, OPG, signer, testGenesis, validator } from '../chain.testkit.ts'

let folder: string
let network: Genesis

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'og-create-'))
  const { address } = signer(10)
  network = await makeGenesis({
    chainId: CHAIN_ID,
    validator: address,
    validators: [
      { account: address, consensusKey: bytesToHex(enginePublicKey(new Uint8Array(32).fill(1))), bond: 10_000n * OPG, commissionBps: 0 },
    ],
    time: GENESIS_TIME,
    faucets: [{ address, amount: 20_000n * OPG }],
  })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const cometbft = () => ({ listen: `unix://${join(folder, 'abci.sock')}`, rpc: 'http://127.0.0.1:1' })

describe('a node for CometBFT', () => {
  it('answers reads and takes transactions while it waits for CometBFT, and closes', async () => {
    const chain = await createChain({ dataDir: join(folder, 'chain'), genesis: network, cometbft: cometbft() })
    const hash = await chain.submit(await signer(10).sign({ nonce: 0, to: signer(1).address, value: 1n }))
    expect(chain.pool.get(hash)).toBeDefined()
    expect(chain.head().height).toBe(0n)
    expect((await chain.state(0n).account(signer(10).address))!.balance).toBe(10_000n * OPG)
    expect(chain.mine).toBeUndefined()
    await chain.close()
    // What waited waits again.
    const again = await createChain({ dataDir: join(folder, 'chain'), genesis: network, cometbft: cometbft() })
    expect(again.pool.content().pending).toMatchObject([{ hash }])
    await again.close()
  })

  it('gives all it has to a CometBFT that connects, and not to one that only asks again', async () => {
    const given: string[] = []
    const rpc = createHttpServer(async (request, response) => {
      const calls = JSON.parse(await text(request)) as { id: number; params: { tx: string } }[]
      given.push(...calls.map(({ params }) => params.tx))
      response.end(JSON.stringify(calls.map(({ id }) => ({ jsonrpc: '2.0', id, result: {} }))))
    })
    await once(rpc.listen(0, '127.0.0.1'), 'listening')
    const { port } = rpc.address() as AddressInfo
    const options = { ...cometbft(), rpc: `http://127.0.0.1:${port}` }
    const chain = await createChain({ memory: true, genesis: network, cometbft: options })
    const sockets: Socket[] = []
    try {
      const [first, second] = await Promise.all(
        [0, 1].map((nonce) =>
          signer(10)
            .sign({ nonce, to: signer(1).address, value: 1n })
            .then((raw) => ({ raw, tx: base64(raw) })),
        ),
      )
      await chain.submit(first!.raw)
      await expect.poll(() => given).toEqual([first!.tx])
      const ask = async (socket: Socket, method: 'info' | 'flush') => {
        socket.write(frame(writeRequest(method, {})))
        await once(socket, 'data')
      }
      const connected = async (method: 'info' | 'flush') => {
        const socket = connect(join(folder, 'abci.sock'))
        sockets.push(socket)
        await ask(socket, method)
        return socket
      }
      const socket = await connected('info')
      // CometBFT has more than one, of which the last may come late.
      await connected('flush')
      await expect.poll(() => given).toEqual([first!.tx, first!.tx])
      await ask(socket, 'info')
      await chain.submit(second!.raw)
      await expect.poll(() => given).toEqual([first!.tx, first!.tx, second!.tx])
      await connected('info')
      await expect.poll(() => given.length).toBe(4)
    } finally {
      for (const socket of sockets) socket.destroy()
      await chain.close()
      rpc.close()
      rpc.closeAllConnections()
    }
  })

  it('is refused the genesis of an embedded network, and the other way round', async () => {
    const embedded = await testGenesis()
    await expect(createChain({ memory: true, genesis: embedded, cometbft: cometbft() })).rejects.toMatchObject({
      code: 'CHAIN_GENESIS_INVALID',
    })
    const { privateKey } = signer(10)
    await expect(createChain({ memory: true, genesis: network, validatorKey: privateKey })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  it('is refused a database of an embedded network', async () => {
    const genesis = await testGenesis()
    const dataDir = join(folder, 'chain')
    const chain = await createChain({ dataDir, genesis, validatorKey: validator.privateKey })
    await chain.mine!()
    await chain.close()
    await expect(createChain({ dataDir, genesis: network, cometbft: cometbft() })).rejects.toMatchObject({ code: 'CHAIN_DATA_FOREIGN' })
  })

  it('lets go of its database when it cannot listen', async () => {
    const options = { dataDir: join(folder, 'chain'), genesis: network, cometbft: cometbft() }
    const other = createServer().listen(join(folder, 'abci.sock'))
    await expect(createChain(options)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((resolve) => other.close(resolve))
    await expect(createChain({ ...options, cometbft: { ...options.cometbft, listen: 'somewhere' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    await (await createChain(options)).close()
  })
})

import { readFileSync } from 'node:fs'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { createChain } from '../src/create.ts'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { signer, stoppedClock, validator } from './chain.testkit.ts'

/**
 * Fills a disk: makes blocks with large transactions until the chain halts or `most` blocks are made. Then writes what still works.
 * Arguments: data folder, genesis file, most blocks.
 */
async function main(dataDir: string, genesisFile: string, most: number): Promise<void> {
  const genesis = parseGenesis(readFileSync(genesisFile))
  const logged: string[] = []
  const log = { info: () => {}, error: (_: object, message: string) => void logged.push(message) }
  const chain = await createChain({ dataDir, genesis, validatorKey: validator.privateKey, clock: stoppedClock, log })
  const sender = signer(0)
  const nonce = async () => Number((await chain.state(chain.head().height).account(sender.address))!.nonce)
  console.log(`open ${chain.head().height} ${chain.head().hash}`)
  for (let i = 0; i < most && !chain.halted(); i++) {
    const data = `0x${Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919 + i) & 255)).toString('hex')}` as const
    await chain.submit(await sender.sign({ nonce: await nonce(), to: ADDRESSES.multicall3, data, gas: 5_000_000n }))
    await chain.mine!().catch(() => {})
    if (!chain.halted()) console.log(`height ${chain.head().height} ${chain.head().hash}`)
  }
  const failure = chain.halted()
  if (failure) {
    console.log(`halted ${'code' in failure ? failure.code : ''} ${failure.message}`)
    console.log(`logged ${logged.join('; ')}`)
    console.log(`reads ${chain.head().hash} ${await nonce()}`)
    console.log(`submit ${await chain.submit(new Uint8Array()).catch((error: { code?: string }) => error.code)}`)
  }
  await chain.close()
  console.log('closed')
}

await main(process.argv[2]!, process.argv[3]!, Number(process.argv[4]))

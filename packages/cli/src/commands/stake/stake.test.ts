import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainClient, connect, createWriter } from '@opengradient/client'
import { ADDRESSES, stakingAbi } from '@opengradient/contracts'
import { type Address, bytesToHex, DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { encodeFunctionData, encodeFunctionResult, toFunctionSelector } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lie, lyingRpc, startNetwork, type TestNetwork } from '../../../../client/test/network.testkit.ts'
import { InProcess } from '../../attestation/og.testkit.ts'

const OPG = 10n ** 18n
const home = new InProcess()
const validators: Address[] = []
let net: TestNetwork
let liar: Awaited<ReturnType<typeof lyingRpc>>
let chain: ChainClient

/** Says that a share is worth a tenth of what it is. */
const cheapShares: Lie = ({ method, params }, { result }) => {
  const [{ data }] = params as [{ data?: string }]
  if (method !== 'eth_call' || !data?.startsWith(toFunctionSelector('stakeOf(address,address)'))) return undefined
  const shares = BigInt(`${result}`.slice(0, 66))
  return encodeFunctionResult({ abi: stakingAbi, functionName: 'stakeOf', result: [shares, shares / 10n] })
}

beforeAll(async () => {
  net = await startNetwork()
  liar = await lyingRpc(net.rpc.url, cheapShares)
  chain = connect({ network: net.network, headSeconds: 0 })
  mkdirSync(home.place.networks, { recursive: true })
  writeFileSync(join(home.place.networks, 'local.json'), JSON.stringify({ ...net.network, rpcUrls: [liar.url] }))
  for (const index of [1, 2]) {
    const writer = createWriter({ client: chain, account: net.accountOf(index) })
    const args = [bytesToHex(new Uint8Array(32).fill(index)), 0] as const
    const data = encodeFunctionData({ abi: stakingAbi, functionName: 'register', args })
    await writer.send({ what: 'register', to: ADDRESSES.staking, data, value: 10_000n * OPG })
    validators.push(writer.address)
  }
  await home.json('stake', 'delegate', validators[0]!, '1000', '--yes')
})
afterAll(async () => {
  home.remove()
  await liar?.close()
  await net?.close()
})

const account = () => devAccount(BigInt(net.network.chainId), DEV_ACCOUNTS.user).address
const tokensIn = async (index: number) => (await chain.stake(account(), validators[index]!)).tokens

test('as much leaves as was said, and moves, whatever an RPC says that shares are worth', async () => {
  const left = await home.json('stake', 'undelegate', validators[0]!, '40', '--yes')
  expect(left).toMatchObject({ code: 0, json: { id: '0', amount: `${40n * OPG}`, validator: validators[0] } })
  expect(await tokensIn(0)).toBe(960n * OPG)
  await home.json('stake', 'redelegate', validators[0]!, validators[1]!, '60', '--yes')
  expect(await Promise.all([tokensIn(0), tokensIn(1)])).toEqual([900n * OPG, 60n * OPG])
})

test('what was moved is known to be bound, and leaves no sooner', async () => {
  expect((await chain.stake(account(), validators[1]!)).locked).toBe(60n * OPG)
  const refused = await home.og('stake', 'undelegate', validators[1]!, '1', '--yes')
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('21 days') })
})

test('what lists show, and what there is to claim and to withdraw, is read without a call that an RPC could answer as it likes', async () => {
  const { json } = await home.json<{ validators: Record<string, unknown>[] }>('stake', 'list')
  const own = { tokens: `${10_900n * OPG}`, own: `${10_000n * OPG}`, stake: `${900n * OPG}`, power: '10900', state: 'active' }
  expect(json.validators[0]).toMatchObject({ validator: validators[0], commissionBps: 0, missed: '0', jailedUntil: '0', ...own })
  const shown = await home.json('stake', 'show')
  const unbondings = [{ id: '0', validator: validators[0], amount: `${40n * OPG}` }]
  expect(shown.json).toMatchObject({ commission: '0', unbondings, stakes: [{ stake: `${900n * OPG}` }, { stake: `${60n * OPG}` }] })
  expect((await home.og('stake', 'withdraw')).err).toContain('nothing is free yet')
  expect((await home.og('stake', 'claim')).code).toBe(0)
  expect(liar.asked.filter(({ method }) => method === 'eth_call')).toEqual([])
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_POLICY, parsePolicy } from '@opengradient/attestation'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import { encodeNetworkFile, type Hex, hexToBytes } from '@opengradient/protocol'
import { decodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attestationOf, OPEN_POLICY } from '../../../../../client/test/attestation.testkit.ts'
import { lyingRpc, startNetwork, type TestNetwork } from '../../../../../client/test/network.testkit.ts'
import { InProcess } from '../../../attestation/og.testkit.ts'

const home = new InProcess()
let net: TestNetwork
beforeAll(async () => {
  net = await startNetwork({ attestation: attestationOf() })
  home.file('net.json', encodeNetworkFile(net.network))
})
afterAll(async () => {
  home.remove()
  await net?.close()
})

interface Shown {
  number: number
  policy: object
  developmentRoots: string[]
}
interface Proposed {
  timelock: string
  call: { target: string; value: string; data: Hex }
  sent: boolean
  note: string
}
const policy = (...args: string[]) => home.og('attestation', 'policy', ...args, '--network', './net.json')
const propose = async (...args: string[]) => {
  const { code, json } = await home.json<Proposed>('attestation', 'policy', 'propose', ...args, '--network', './net.json')
  expect(code).toBe(0)
  return { ...json, ...decodeFunctionData({ abi: attestationsAbi, data: json.call.data }) }
}

describe('og attestation policy show', () => {
  it('gives the policy that the chain proves, and how many development roots there are', async () => {
    const { code, json } = await home.json<Shown>('attestation', 'policy', 'show', '--network', './net.json')
    expect({ code, number: json.number, policy: json.policy, roots: json.developmentRoots.length }).toEqual({
      code: 0,
      number: 1,
      policy: OPEN_POLICY,
      roots: 5,
    })
    const { out } = await policy('show')
    expect(out).toMatch(/platforms +nitro, snp, tdx/)
    expect(out).toMatch(/development +5 roots, accepted; never level tee/)
    expect(out).toMatch(/debug mode +refused/)
    expect(out).toMatch(/code +any: not compared with a list/)
  })

  it('refuses what an RPC makes up', async () => {
    const proxy = await lyingRpc(net.rpc.url, ({ method }) => (method === 'eth_getCode' ? '0x007b7d' : undefined))
    home.file('liar.json', encodeNetworkFile({ ...net.network, rpcUrls: [proxy.url] }))
    const { err, out } = await home.og('attestation', 'policy', 'show', '--network', './liar.json')
    await proxy.close()
    expect([out, /RPC_LIED/.test(err)]).toEqual(['', true])
  })
})

describe('og attestation policy propose', () => {
  it('writes the call for the Timelock, sends nothing, and says that nobody can make it', async () => {
    home.file('new.json', '{"deniedFamilies":["Milan","Genoa"]}')
    const { functionName, args, ...rest } = await propose('new.json', '-o', 'out.json')
    expect(rest).toMatchObject({ timelock: ADDRESSES.timelock, call: { target: ADDRESSES.attestations, value: '0' }, sent: false })
    expect(rest.note).toMatch(/not built yet/)
    expect(functionName).toBe('setPolicy')
    expect(parsePolicy(hexToBytes(args![0] as Hex))).toEqual({ ...OPEN_POLICY, deniedFamilies: ['Milan', 'Genoa'] })
    const written = JSON.parse(readFileSync(join(home.root, 'out.json'), 'utf8')) as Proposed
    expect(written.call).toEqual(rest.call)
    expect((await home.json<Shown>('attestation', 'policy', 'show', '--network', './net.json')).json.number).toBe(1)
  })

  it('writes revocations, too', async () => {
    const hash = `0x${'ab'.repeat(32)}`
    expect(await propose('--revoke-measurement', hash)).toMatchObject({ functionName: 'revokeMeasurement', args: [hash] })
    expect(await propose('--revoke-platform', hash)).toMatchObject({ functionName: 'revokePlatform', args: [hash] })
    expect(await propose('--revoke-certificate', `${hash}:0x0102`)).toMatchObject({ functionName: 'revokeCertificate', args: [hash, 258n] })
    expect(await propose('--revoke-certificate', `${hash}:0x`)).toMatchObject({ args: [hash, 0n] })
  })

  it.each([
    ['nothing', [], /propose one thing/],
    ['two things', ['new.json', '--revoke-platform', `0x${'ab'.repeat(32)}`], /propose one thing/],
    ['half a hash', ['--revoke-platform', '0xab'], /--revoke-platform/],
    ['a certificate without its serial', ['--revoke-certificate', `0x${'ab'.repeat(32)}`], /--revoke-certificate, the serial/],
    ['half an issuer', ['--revoke-certificate', '0xab:0x01'], /--revoke-certificate, the issuer/],
    ['a serial of 21 bytes', ['--revoke-certificate', `0x${'ab'.repeat(32)}:0x${'01'.repeat(21)}`], /expected ISSUER:SERIAL/],
    ['two serials', ['--revoke-certificate', `0x${'ab'.repeat(32)}:0x01:0x02`], /expected ISSUER:SERIAL/],
    ['the policy in force', ['same.json'], /nothing to propose/],
    ['no policy', ['slip.json'], /policy\.alowDebug/],
  ])('refuses %s', async (_, args, message) => {
    home.file('same.json', JSON.stringify(OPEN_POLICY))
    home.file('slip.json', '{"alowDebug":true}')
    const { code, err } = await policy('propose', ...args)
    expect([code, err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringMatching(message)])
  })
})

it('a network whose genesis says nothing has the strictest policy', async () => {
  const strict = await startNetwork({ chainId: 7_000_000_003n })
  home.file('strict.json', encodeNetworkFile(strict.network))
  const { json } = await home.json<Shown>('attestation', 'policy', 'show', '--network', './strict.json')
  await strict.close()
  expect([json.policy, json.developmentRoots]).toEqual([DEFAULT_POLICY, []])
})

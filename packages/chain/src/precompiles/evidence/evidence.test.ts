import type { ExecResult } from '@ethereumjs/evm'
import { policyBytes, type Roots } from '@opengradient/attestation'
import {
  type AttestationEvidence,
  bytesToHex,
  concatBytes,
  type EvidenceCall,
  encodeEvidenceCall,
  encodeKeyset,
  keysetDigest,
  setFastHashes,
  sha256,
  TEE_CODES,
  teeCodeName,
  utf8,
} from '@opengradient/protocol'
import { decodeAbiParameters, parseAbiParameters } from 'viem'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRandom } from '../../../test/contracts/property/random.ts'
import { Meter, OutOfGas } from '../meter.ts'
import { answer } from './answer.ts'
import { meteredCheck } from './check.ts'
import { envelope, KEYSET, NOW, POLICY, question, SEED } from './evidence.testkit.ts'
import { evidence, evidenceUnder } from './evidence.ts'
import { PRICES } from './prices.ts'

const PLENTY = 60_000_000n
/** As Solidity has it: `Appraised` of `contracts/sol/EvidenceCalls.sol`. */
const APPRAISED = parseAbiParameters(
  '(uint256 code, uint8 level, bytes32 keysetDigest, address signer, uint64 notBefore, uint64 until, bytes32 measurement, bytes32 mainMeasurement, bytes32 platformId, uint8 tcbStatus, uint32 evaluation, bytes32[] marks, bytes32[] collateral, uint64[] updates, uint160[] numbers)',
)

let nitro: AttestationEvidence
let tdx: AttestationEvidence
let whole: AttestationEvidence
beforeAll(async () => {
  ;[nitro, tdx, whole] = await Promise.all([envelope(), envelope('tdx'), envelope('tdx', 2)])
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  setFastHashes()
})

const run = async (data: Uint8Array, gasLimit = PLENTY): Promise<ExecResult> =>
  evidence({ data, gasLimit } as Parameters<typeof evidence>[0])
const ask = (call: EvidenceCall, gasLimit = PLENTY) => run(encodeEvidenceCall(call), gasLimit)

async function appraisal(call: EvidenceCall) {
  const { exceptionError, returnValue } = await ask(call)
  expect(exceptionError).toBeUndefined()
  return decodeAbiParameters(APPRAISED, bytesToHex(returnValue))[0]
}
const codeOf = async (call: EvidenceCall) => teeCodeName(Number((await appraisal(call)).code))

describe('an input that is not the one encoding', () => {
  const refused = async (data: Uint8Array) => {
    const { exceptionError, executionGasUsed, returnValue } = await run(data)
    expect(exceptionError?.error).toBe('invalid input length')
    expect(executionGasUsed).toBe(PLENTY)
    expect(returnValue).toHaveLength(0)
  }

  it('fails and takes all gas: nothing, a part of it, more than it, another question', async () => {
    const data = encodeEvidenceCall(question(nitro))
    for (const bad of [new Uint8Array(), data.subarray(0, 1), data.subarray(0, 200), data.subarray(0, -1), data.subarray(0, -32)])
      await refused(bad)
    await refused(concatBytes(data, Uint8Array.of(0)))
    await refused(concatBytes(data, new Uint8Array(32)))
    for (const selector of [0, 2, 3, 5, 255]) await refused(concatBytes(Uint8Array.of(selector), data.subarray(1)))
  })

  it('fails with offsets, lengths or padding of another kind', async () => {
    const data = encodeEvidenceCall(question(nitro))
    // Offset of the second string, length of the first, a node of more than 20 bytes, a time of more than 48 bits.
    for (const at of [1 + 63, 1 + 160 + 31, 1 + 192 + 64, 1 + 192 + 20]) await refused(data.map((byte, i) => (i === at ? byte ^ 1 : byte)))
    await refused(encodeEvidenceCall(question(nitro, { developmentRoots: Array(17).fill(utf8('root')) })))
    await refused(encodeEvidenceCall(question(nitro, { collateral: Array(17).fill(utf8('list')) })))
    await refused(encodeEvidenceCall({ call: 'listed', collateral: utf8('x'), serials: [] }))
    await refused(encodeEvidenceCall({ call: 'listed', collateral: utf8('x'), serials: Array(257).fill(1n) }))
  })

  it('fails when it is longer than 524,288 bytes, and is answered up to there', async () => {
    const empty = encodeEvidenceCall({ call: 'policy', policy: new Uint8Array(524_287) })
    expect((await run(empty)).exceptionError).toBeUndefined()
    await refused(concatBytes(empty, Uint8Array.of(0)))
  })
})

describe('evidence that is refused is answered, not failed', () => {
  it('because of its envelope, the policy, or the keyset', async () => {
    const code = (changes: Parameters<typeof question>[1]) => codeOf(question(nitro, changes))
    expect(await codeOf(question(new Uint8Array()))).toBe('INPUT_MALFORMED')
    expect(await codeOf(question(new Uint8Array(5_000)))).toBe('INPUT_MALFORMED')
    expect(await code({ collateral: [utf8('list')] })).toBe('INPUT_MALFORMED')
    expect(await code({ policy: new Uint8Array() })).toBe('POLICY_MALFORMED')
    expect(await code({ policy: utf8('[]') })).toBe('POLICY_MALFORMED')
    expect(await code({ policy: concatBytes(policyBytes(POLICY), utf8(' ')) })).toBe('POLICY_MALFORMED')
    expect(await code({ chainId: 6n })).toBe('KEYSET_CHAIN_MISMATCH')
    expect(await code({ chainId: 2n ** 256n - 1n })).toBe('KEYSET_CHAIN_MISMATCH')
    expect(await code({ node: `0x${'0e'.repeat(20)}` })).toBe('KEYSET_NODE_MISMATCH')
    expect(await code({ nonce: new Uint8Array(32) })).toBe('NONCE_MISMATCH')
    expect(await code({ time: NOW + 3600 })).toBe('KEYSET_EXPIRED')
    expect(await code({ time: 0 })).toBe('KEYSET_NOT_YET_VALID')
    expect(await code({ time: 2 ** 48 - 1 })).toBe('KEYSET_EXPIRED')
    expect(await codeOf(question({ ...nitro, keyset: utf8('{}') }))).toBe('KEYSET_MALFORMED')
  })

  it('because of its platform, or its roots', async () => {
    for (const platform of ['tdx', 'snp', 'sgx', 'tpm', 'azure-snp-vtpm', 'azure-tdx-vtpm'])
      expect(['MALFORMED', 'UNSUPPORTED', 'CHAIN_INVALID'], platform).toContain(await codeOf(question({ ...nitro, platform })))
    for (const platform of ['sev', 'constructor', 'to-string']) expect(await codeOf(question({ ...nitro, platform }))).toBe('UNSUPPORTED')
    expect(await codeOf(question(nitro, { developmentRoots: [] }))).toBe('UNTRUSTED_ROOT')
    const garbage = await codeOf(question(nitro, { developmentRoots: [utf8('not a certificate')] }))
    expect(['MALFORMED', 'UNTRUSTED_ROOT']).toContain(garbage)
    expect(await codeOf(question({ ...nitro, platform: 'nvidia-gpu', evidence: whole.gpus[0]!.evidence }))).not.toBe('ACCEPTED')
  })

  it('because of a GPU: of another enclave, shown twice, or broken', async () => {
    expect(await codeOf(question(whole))).toBe('ACCEPTED')
    const [gpu] = whole.gpus
    expect(await codeOf(question({ ...whole, gpus: [gpu!, gpu!] }))).toBe('GPU_BINDING_MISMATCH')
    const foreign = await envelope('tdx', 1, encodeKeyset({ ...KEYSET, sign: KEYSET.node }))
    expect(await codeOf(question({ ...whole, gpus: foreign.gpus }))).toBe('GPU_BINDING_MISMATCH')
    const flipped = { ...gpu!, evidence: gpu!.evidence.map((byte, i) => (i === 100 ? byte ^ 1 : byte)) }
    expect(await codeOf(question({ ...whole, gpus: [flipped] }))).not.toBe('ACCEPTED')
  })

  it('when it is made to keep parsers busy', async () => {
    const deep = (byte: number) => new Uint8Array(65_536).fill(byte)
    for (const byte of [0x81, 0x9f, 0xa1, 0xbf, 0xd8, 0x30, 0x31, 0x24, 0xa0, 0x5b, 0x7b, 0x00, 0xff]) {
      for (const platform of ['nitro', 'tdx', 'snp', 'tpm', 'azure-snp-vtpm'])
        expect(['MALFORMED', 'UNSUPPORTED'], `${platform} ${byte}`).toContain(
          await codeOf(question({ ...nitro, platform, evidence: deep(byte) })),
        )
      const certificates = [deep(byte).subarray(0, 60_000)]
      expect(await codeOf(question({ ...tdx, platform: 'snp', endorsements: { certificates } }))).toMatch(
        /MALFORMED|UNSUPPORTED|CHAIN_INVALID/,
      )
      expect(await codeOf(question({ ...tdx, endorsements: { ...tdx.endorsements, crls: certificates } }))).toBe('CRL_INVALID')
    }
    for (const json of [
      '['.repeat(60_000),
      `[${'[],'.repeat(19_000)}1]`,
      '{"a":'.repeat(10_000),
      `"${'\\u0041'.repeat(9_000)}"`,
      '1e999999',
    ]) {
      expect(await codeOf(question(nitro, { policy: utf8(json) }))).toBe('POLICY_MALFORMED')
      const tcbInfo = { ...tdx.endorsements.tcbInfo!, body: utf8(json) }
      expect(await codeOf(question({ ...tdx, endorsements: { ...tdx.endorsements, tcbInfo } }))).toBe('COLLATERAL_INVALID')
    }
  })
})

describe('evidence that is accepted', () => {
  it('is answered with what it shows', async () => {
    const { marks, collateral, updates, numbers, ...rest } = await appraisal(question(whole))
    expect(rest).toMatchObject({
      code: 0n,
      level: 129,
      keysetDigest: keysetDigest(whole.keyset),
      notBefore: KEYSET.notBefore,
      evaluation: 16,
    })
    expect(rest.signer.toLowerCase()).toBe(KEYSET.sign)
    expect(rest.until).toBe(KEYSET.notAfter)
    expect(marks.slice(0, 3)).toEqual([rest.measurement, rest.mainMeasurement, rest.platformId])
    // Enclave: three certificates; GPUs: five each, of which they share the upper ones.
    expect(new Set(marks).size).toBe(marks.length)
    expect(marks.length).toBeGreaterThan(3 + 3 + 2 * 3)
    expect([updates.length, numbers.length]).toEqual([collateral.length, collateral.length])
    expect(numbers.map((number) => number > 0n)).toEqual(updates.map((date) => date > 0n))
    expect(updates.filter((date) => date > 0n).length).toBeGreaterThanOrEqual(4)
  })

  it('costs the same each time, and nothing more than is used', async () => {
    const first = await ask(question(tdx))
    expect(first.executionGasUsed).toBeLessThan(5_000_000n)
    expect(await ask(question(tdx))).toEqual(first)
    expect((await ask(question(tdx), first.executionGasUsed)).exceptionError).toBeUndefined()
  })
})

/** The gas after each charge of a call. */
async function charges(call: EvidenceCall): Promise<number[]> {
  const sums: number[] = []
  class Recorder extends Meter {
    override charge(steps: number, price: number): void {
      super.charge(steps, price)
      sums.push(Number(this.used))
    }
  }
  await answer(call, new Recorder(10n ** 12n))
  return [...new Set(sums)]
}

describe('too little gas', () => {
  it('fails at whichever charge it runs out, and takes it all', async () => {
    const calls: EvidenceCall[] = [
      question(tdx),
      question(await envelope('snp', 1)),
      question(nitro, { developmentRoots: [] }),
      { call: 'policy', policy: policyBytes(POLICY) },
    ]
    for (const call of calls) {
      const sums = await charges(call)
      const { executionGasUsed } = await ask(call)
      // What is charged before the question is looked at.
      const entry = Number(executionGasUsed) - sums.at(-1)!
      expect(entry).toBeGreaterThan(0)
      for (const sum of [0, 1 - entry, -1, ...sums]) {
        const gas = BigInt(entry + sum - 1)
        if (gas < 0n) continue
        const short = await ask(call, gas)
        expect(short.exceptionError?.error, `${call.call} with ${gas}`).toBe('out of gas')
        expect(short.executionGasUsed).toBe(gas)
        expect(short.returnValue).toHaveLength(0)
      }
      expect((await ask(call, executionGasUsed)).exceptionError).toBeUndefined()
    }
  })

  it('leaves a signature unread that it does not pay for', async () => {
    const point = new Uint8Array(65)
    const message = new Uint8Array(10)
    const claim = {
      key: { kind: 'ec', curve: 'P-256', point },
      scheme: 'ecdsa',
      hash: 'SHA-256',
      message,
      get signature(): Uint8Array {
        throw new Error('read')
      },
    } as const
    const price = PRICES.signature['P-256'] + message.length * PRICES.messageByte
    await expect(meteredCheck(new Meter(BigInt(price - 1)))(claim)).rejects.toBeInstanceOf(OutOfGas)
    await expect(meteredCheck(new Meter(BigInt(price)))(claim)).rejects.toThrow('read')
  })
})

describe('the answer is the same', () => {
  const calls = (): EvidenceCall[] => [
    question(nitro),
    question(tdx),
    question(whole),
    question(nitro, { time: NOW + 3600 }),
    question({ ...tdx, platform: 'snp' }),
    question(tdx, { developmentRoots: [] }),
    { call: 'policy', policy: policyBytes(POLICY) },
  ]

  it('whatever else is asked at the same time, in whichever order', async () => {
    const expected = []
    for (const call of calls()) expected.push(await ask(call))
    const random = createRandom(5n)
    for (let round = 0; round < 4; round++) {
      const order = calls().map((call, i) => ({ call, i, at: random.below(1_000) }))
      order.sort((a, b) => a.at - b.at)
      const answers = await Promise.all(order.map(({ call }) => ask(call)))
      for (const [n, { i }] of order.entries()) expect(answers[n]).toEqual(expected[i])
    }
  })

  it('at any hour of the machine, with any randomness, without Web Cryptography, with other hashes, wherever the input lies', async () => {
    for (const call of calls()) {
      const expected = await ask(call)
      for (const time of [0, 4_102_444_800_000]) {
        vi.useFakeTimers({ now: time })
        vi.stubGlobal('crypto', undefined)
        vi.spyOn(Math, 'random').mockReturnValue(time === 0 ? 0 : 0.999)
        expect(await ask(call)).toEqual(expected)
        vi.useRealTimers()
        vi.unstubAllGlobals()
        vi.restoreAllMocks()
      }
      setFastHashes({ sha256: (bytes) => Uint8Array.from(sha256Again(bytes)) })
      expect(await ask(call)).toEqual(expected)
      setFastHashes()
      const data = encodeEvidenceCall(call)
      const shifted = concatBytes(utf8('before'), data, utf8('behind')).subarray(6, 6 + data.length)
      expect(await run(shifted)).toEqual(expected)
      expect(shifted).toEqual(data)
    }
  })
})

it('no change of a byte makes it fail in another way, or show another keyset', { timeout: 600_000 }, async () => {
  const random = createRandom(BigInt(`0x${Buffer.from(SEED).toString('hex').slice(0, 16)}`))
  for (const base of [nitro, tdx]) {
    const data = encodeEvidenceCall(question(base))
    for (let i = 0; i < 150; i++) {
      const changed = data.slice()
      for (let n = 0; n <= random.below(3); n++) changed[random.below(changed.length)]! ^= 1 << random.below(8)
      const { exceptionError, returnValue } = await run(changed)
      if (exceptionError) {
        expect(exceptionError.error).toMatch(/^(invalid input length|out of gas)$/)
        continue
      }
      const result = decodeAbiParameters(APPRAISED, bytesToHex(returnValue))[0]
      if (Number(result.code) === TEE_CODES.ACCEPTED) {
        expect(result.keysetDigest).toBe(keysetDigest(base.keyset))
        expect(result.level).toBe(129)
      } else expect(Number(result.code)).not.toBe(TEE_CODES.INTERNAL)
    }
  }
})

const sha256Again = (bytes: Uint8Array): Uint8Array => {
  setFastHashes()
  return sha256(bytes)
}

describe('a machine without memory', () => {
  it('gives no verdict, which its peers would not give; a fault that all of them have is one', async () => {
    const call = encodeEvidenceCall(question(nitro))
    const under = (error: Error) => {
      const roots = new Proxy({} as Roots, {
        get: () => {
          throw error
        },
      })
      return evidenceUnder(roots)({ data: call, gasLimit: PLENTY } as Parameters<typeof evidence>[0])
    }
    await expect(under(new RangeError('Array buffer allocation failed'))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'TEE evidence could not be verified on this machine: Array buffer allocation failed.',
    })
    expect((await under(new TypeError('x is not a function'))).exceptionError).toBeUndefined()
  })
})

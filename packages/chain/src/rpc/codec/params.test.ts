import { describe, expect, it } from 'vitest'
import { blockId, blockNumberOrTag, LATEST } from './blockId.ts'
import { blockOverride, callRequest, stateOverride } from './call.ts'
import { RpcError } from './error.ts'
import { logFilter } from './filter.ts'
import { address, boolean, bytes, decodeParams, hash, listOf, optional, required, storageKey, uint64, uint256 } from './params.ts'

const A = `0x${'Ab'.repeat(20)}`
const H = `0x${'cd'.repeat(32)}`

/** The message of the -32602 that `read` must throw. */
function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    expect((error as RpcError).code).toBe(-32602)
    return (error as RpcError).message
  }
  throw new Error('nothing was refused')
}

describe('positional parameters', () => {
  const spec = [required(address), optional(blockId, LATEST)] as const

  it('reads each by its position and fills in defaults for absent and null ones', () => {
    expect(decodeParams([A], spec)).toEqual([A.toLowerCase(), LATEST])
    expect(decodeParams([A, null], spec)).toEqual([A.toLowerCase(), LATEST])
    expect(decodeParams([A, '0x10'], spec)).toEqual([A.toLowerCase(), { height: 16n }])
    expect(decodeParams(undefined, [])).toEqual([])
    expect(decodeParams(null, [optional(boolean)])).toEqual([undefined])
  })

  it('refuses missing, surplus and named ones in the words of geth', () => {
    expect(refusal(() => decodeParams([], spec))).toBe('missing value for required argument 0')
    expect(refusal(() => decodeParams([A, 'latest', 1], spec))).toBe('too many arguments, want at most 2')
    expect(refusal(() => decodeParams({ address: A }, spec))).toBe('non-array args')
    expect(refusal(() => decodeParams('x', spec))).toBe('non-array args')
  })

  it('names the argument that cannot be read', () => {
    expect(refusal(() => decodeParams(['c0ffee'], spec))).toBe('invalid argument 0: hex string without 0x prefix')
    expect(refusal(() => decodeParams([A, '0x01'], spec))).toBe('invalid argument 1: hex number with leading zero digits')
  })
})

describe('values', () => {
  it.each([
    ['0x0', 0n],
    ['0xff', 255n],
    ['0XFF', 255n],
    ['0xffffffffffffffff', 2n ** 64n - 1n],
  ])('reads the quantity %s', (text, value) => expect(uint64(text, 'q')).toBe(value))

  it.each(['', '0x', '0x00', '1', 1, 1n, null, '0xg', '0x10000000000000000', '-0x1', ' 0x1', '0x1 ', {}, []])(
    'refuses the quantity %s',
    (value) => {
      expect(refusal(() => uint64(value, 'q'))).toMatch(/^invalid q: /)
    },
  )

  it('reads amounts up to 256 bits and not one more', () => {
    expect(uint256(`0x${'f'.repeat(64)}`, 'q')).toBe(2n ** 256n - 1n)
    expect(refusal(() => uint256(`0x1${'0'.repeat(64)}`, 'q'))).toContain('> 256 bits')
  })

  it('reads data of even length only', () => {
    expect(bytes('0x', 'd')).toEqual(new Uint8Array())
    expect(bytes('0x00fF', 'd')).toEqual(new Uint8Array([0, 255]))
    expect(refusal(() => bytes('0x0', 'd'))).toContain('odd length')
  })

  it('reads addresses and hashes of exactly their length', () => {
    expect(address(A, 'a')).toBe(A.toLowerCase())
    expect(refusal(() => address(`${A}00`, 'a'))).toContain('length 42, want 40')
    expect(refusal(() => hash(A, 'h'))).toContain('length 40, want 64')
  })

  it('pads storage keys and refuses those longer than a word', () => {
    expect(storageKey('0x1', 'k')).toBe(`0x${'1'.padStart(64, '0')}`)
    expect(storageKey('0x', 'k')).toBe(`0x${'0'.repeat(64)}`)
    expect(refusal(() => storageKey('0xasdf', 'k'))).toBe('invalid hex in storage key: "0xasdf"')
    expect(refusal(() => storageKey(`0x${'0'.repeat(65)}`, 'k'))).toContain('storage key too long (want at most 32 bytes)')
  })

  it('bounds lists', () => {
    expect(listOf(uint64, 2)(['0x1', '0x2'], 'l')).toEqual([1n, 2n])
    expect(refusal(() => listOf(uint64, 2)(['0x1', '0x2', '0x3'], 'l'))).toContain('3 elements, at most 2')
    expect(refusal(() => listOf(uint64, 2)(['0x1', 2], 'l'))).toContain('l[1]')
  })
})

describe('block identifiers', () => {
  it('reads tags, numbers, hashes and the object of EIP-1898', () => {
    expect(blockId('safe', 'b')).toEqual({ tag: 'safe' })
    expect(blockId('0x7', 'b')).toEqual({ height: 7n })
    expect(blockId(H, 'b')).toEqual({ hash: H })
    expect(blockId({ blockHash: H, requireCanonical: true }, 'b')).toEqual({ hash: H })
    expect(blockId({ blockNumber: '0x7' }, 'b')).toEqual({ height: 7n })
  })

  it('refuses both, neither, unknown tags and a hash where a number is meant', () => {
    expect(refusal(() => blockId({ blockHash: H, blockNumber: '0x1' }, 'b'))).toContain('cannot specify both')
    expect(refusal(() => blockId({}, 'b'))).toContain('neither blockHash nor blockNumber')
    expect(refusal(() => blockId('newest', 'b'))).toContain('hex string without 0x prefix')
    expect(refusal(() => blockNumberOrTag(H, 'b'))).toContain('> 64 bits')
    expect(refusal(() => blockId(7, 'b'))).toContain('expected an object')
  })
})

describe('call requests', () => {
  it('keeps absent members absent and takes input before data', () => {
    expect(callRequest({ to: A, input: '0x01', gas: null }, 'c')).toEqual({ to: A.toLowerCase(), data: new Uint8Array([1]) })
    expect(callRequest({ data: '0x02' }, 'c').data).toEqual(new Uint8Array([2]))
    expect(callRequest({ data: '0x02', input: '0x02', type: '0x2', surprise: 1 }, 'c')).toEqual({ data: new Uint8Array([2]) })
  })

  it('refuses contradictions', () => {
    expect(refusal(() => callRequest({ data: '0x02', input: '0x01' }, 'c'))).toContain('not equal')
    expect(refusal(() => callRequest({ gasPrice: '0x1', maxFeePerGas: '0x1' }, 'c'))).toContain('both gasPrice and')
    expect(refusal(() => callRequest({ maxPriorityFeePerGas: '0x2', maxFeePerGas: '0x1' }, 'c'))).toBe(
      'maxPriorityFeePerGas (2) > maxFeePerGas (1)',
    )
    expect(refusal(() => callRequest({ blobVersionedHashes: [H] }, 'c'))).toContain('blob')
    expect(refusal(() => callRequest([], 'c'))).toContain('expected an object')
  })

  it('never reads inherited members', () => {
    expect(callRequest(JSON.parse('{"__proto__":{"gas":"0x1"}}'), 'c')).toEqual({ data: new Uint8Array() })
  })

  it('reads access lists and authorisations', () => {
    const read = callRequest(
      {
        accessList: [{ address: A, storageKeys: [H] }],
        authorizationList: [{ chainId: '0x1', address: A, nonce: '0x0', yParity: '0x1', r: '0x2', s: '0x3' }],
      },
      'c',
    )
    expect(read.accessList).toEqual([{ address: A.toLowerCase(), storageKeys: [H] }])
    expect(read.authorizationList).toEqual([{ chainId: 1n, address: A.toLowerCase(), nonce: 0n, yParity: 1n, r: 2n, s: 3n }])
    expect(refusal(() => callRequest({ authorizationList: [{ address: A }] }, 'c'))).toContain('chainId is missing')
  })
})

describe('overrides', () => {
  it('reads accounts and slots', () => {
    const read = stateOverride({ [A]: { balance: '0x5', stateDiff: { '0x1': H } } }, 'o')
    expect(read.get(A.toLowerCase() as `0x${string}`)).toEqual({ balance: 5n, stateDiff: new Map([[`0x${'1'.padStart(64, '0')}`, H]]) })
    expect(refusal(() => stateOverride({ [A]: { state: {}, stateDiff: {} } }, 'o'))).toContain("both 'state' and 'stateDiff'")
    expect(refusal(() => stateOverride({ [A]: { movePrecompileToAddress: A } }, 'o'))).toContain('only for eth_simulateV1')
    expect(refusal(() => stateOverride({ nobody: {} }, 'o'))).toContain('0x prefix')
  })

  it('reads the block environment under the names of geth and of the specification', () => {
    expect(blockOverride({ number: '0x5', time: '0x6', feeRecipient: A, baseFeePerGas: '0x7' }, 'o')).toEqual({
      number: 5n,
      time: 6n,
      feeRecipient: A.toLowerCase(),
      baseFeePerGas: 7n,
    })
    expect(blockOverride({ coinbase: A, random: H }, 'o')).toEqual({ feeRecipient: A.toLowerCase(), prevRandao: H })
  })
})

describe('log filters', () => {
  it('reads one or several addresses, wildcards and alternatives', () => {
    expect(logFilter({ address: [A], topics: [null, H, [H, H], []], fromBlock: '0x1', toBlock: 'latest' }, 'f')).toEqual({
      addresses: new Set([A.toLowerCase()]),
      topics: [null, new Set([H]), new Set([H]), null],
      from: { height: 1n },
      to: { tag: 'latest' },
    })
    expect(logFilter({ topics: [[null, H]] }, 'f')).toMatchObject({ topics: [null] })
    expect(logFilter({ blockHash: H }, 'f')).toEqual({ addresses: new Set(), topics: [], blockHash: H })
  })

  it('refuses a hash together with a range, a fifth topic and malformed topics', () => {
    expect(refusal(() => logFilter({ blockHash: H, toBlock: '0x1' }, 'argument 0'))).toBe(
      'invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
    )
    expect(refusal(() => logFilter({ topics: [H, H, H, H, H] }, 'f'))).toContain('at most 4')
    expect(refusal(() => logFilter({ topics: ['0x01'] }, 'f'))).toContain('want 64')
    expect(refusal(() => logFilter({ topics: [[[H]]] }, 'f'))).toContain('f.topics[0][0]')
  })
})

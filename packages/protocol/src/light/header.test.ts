import { createBlockHeader } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { MAX_HEADER_BYTES, parseHeader } from './header.ts'
import { decodeRlp, encodeRlp, type RlpItem, rlpList } from './rlp.ts'

const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
const block = createBlockHeader(
  {
    parentHash: hashOf('parent'),
    coinbase: `0x${'ab'.repeat(20)}`,
    stateRoot: hashOf('state'),
    transactionsTrie: hashOf('transactions'),
    receiptTrie: hashOf('receipts'),
    number: 1234n,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp: 1_790_000_000n,
    baseFeePerGas: 7n,
    extraData: '0x6f67',
  },
  { common, skipConsensusFormatValidation: true },
)
const rlp = bytesToHex(block.serialize())

/** The header with its list of fields changed. */
function edited(edit: (fields: RlpItem[]) => RlpItem): Hex {
  return bytesToHex(encodeRlp(edit(rlpList(decodeRlp(hexToBytes(rlp)), 'header'))))
}

const withField = (at: number, item: RlpItem): Hex => edited((fields) => fields.with(at, item))

describe('parseHeader', () => {
  it('reads what EthereumJS writes for Prague', () => {
    expect(rlpList(decodeRlp(hexToBytes(rlp)), 'header')).toHaveLength(21)
    expect(parseHeader(rlp)).toEqual({
      hash: bytesToHex(block.hash()),
      parentHash: hashOf('parent'),
      coinbase: `0x${'ab'.repeat(20)}`,
      stateRoot: hashOf('state'),
      transactionsRoot: hashOf('transactions'),
      receiptsRoot: hashOf('receipts'),
      number: 1234,
      gasLimit: 30_000_000n,
      gasUsed: 21_000n,
      timestamp: 1_790_000_000,
      baseFeePerGas: 7n,
    })
  })

  it('reads the headers of older forks, and of later ones', () => {
    const old = parseHeader(edited((fields) => fields.slice(0, 15)))
    expect(old).not.toHaveProperty('baseFeePerGas')
    expect(old.stateRoot).toBe(hashOf('state'))
    expect(parseHeader(edited((fields) => [...fields, hexToBytes(hashOf('new'))])).number).toBe(1234)
    expect(parseHeader(edited((fields) => [...fields, ...new Array<Uint8Array>(11).fill(new Uint8Array())])).number).toBe(1234)
  })

  it('reads a header of exactly the most bytes, and none beyond', () => {
    const length = (extra: number): number => (withField(12, new Uint8Array(extra)).length - 2) / 2
    const most = MAX_HEADER_BYTES - (length(500) - 500)
    expect(length(most)).toBe(MAX_HEADER_BYTES)
    expect(parseHeader(withField(12, new Uint8Array(most))).number).toBe(1234)
    refusal(() => parseHeader(withField(12, new Uint8Array(most + 1))), 'HEADER_MALFORMED')
  })

  it('says what is wrong in its own words, or in those of RLP', () => {
    const problem = (rlp: Hex) => refusal(() => parseHeader(rlp), 'HEADER_MALFORMED').message
    expect(problem(edited((fields) => fields.slice(0, 14)))).toBe('Block header: 14 fields; expected 15 to 32.')
    expect(problem('0xc101c0')).toMatch(/^Block header: RLP, byte 2: 1 bytes after the item\.$/)
  })

  it('has another hash for every changed field', () => {
    const fields = rlpList(decodeRlp(hexToBytes(rlp)), 'header')
    const hashes = fields.map((field, i) => {
      if (!(field instanceof Uint8Array)) throw new Error('fields are bytes')
      const other = field.length === 0 ? Uint8Array.of(1) : field.with(field.length - 1, field.at(-1)! ^ 0x10)
      return parseHeader(withField(i, other)).hash
    })
    expect(new Set([parseHeader(rlp).hash, ...hashes]).size).toBe(fields.length + 1)
  })

  it.each<[string, Hex]>([
    ['no bytes', '0x'],
    ['no RLP', '0xffff'],
    ['no list', '0x83abcdef'],
    ['upper-case hex', rlp.toUpperCase().replace('0X', '0x') as Hex],
    ['bytes behind', `${rlp}00`],
    ['14 fields', edited((fields) => fields.slice(0, 14))],
    ['33 fields', edited((fields) => [...fields, ...new Array<Uint8Array>(12).fill(new Uint8Array())])],
    ['a short parent hash', withField(0, new Uint8Array(31))],
    ['a long state root', withField(3, new Uint8Array(33))],
    ['a short coinbase', withField(2, new Uint8Array(19))],
    ['a short bloom', withField(6, new Uint8Array(255))],
    ['a list as state root', withField(3, [])],
    ['a number with a leading zero', withField(8, Uint8Array.of(0, 1))],
    ['a number beyond 2^53', withField(8, new Uint8Array(7).fill(0x7f))],
    ['a time beyond 2^53', withField(11, new Uint8Array(8).fill(1))],
    ['a gas limit beyond 64 bits', withField(9, new Uint8Array(9).fill(1))],
    ['a short ommers hash', withField(1, new Uint8Array(31))],
    ['a difficulty with a leading zero', withField(7, Uint8Array.of(0, 1))],
    ['a long mix hash', withField(13, new Uint8Array(33))],
    ['a nonce of 7 bytes', withField(14, new Uint8Array(7))],
    ['a list as extra data', withField(12, [])],
    ['a base fee with a leading zero', withField(15, Uint8Array.of(0))],
    ['more bytes than any header has', withField(12, new Uint8Array(MAX_HEADER_BYTES))],
  ])('refuses %s', (_, header) => {
    refusal(() => parseHeader(header), 'HEADER_MALFORMED')
  })
})

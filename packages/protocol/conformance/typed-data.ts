import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  addressOf,
  bytesToHex,
  compileTypedStruct,
  domainSeparator,
  type Hex,
  keccak256,
  recoverAddress,
  signDigest,
  type TypedDomain,
  type TypedTypes,
  typedDataDigest,
  utf8,
} from '../src/index.ts'
import { type ConformanceResult, expectEqual, runCases } from './result.ts'
import { rlpCases } from './rlp.ts'

interface EthersCase {
  name: string
  domain: TypedDomain
  primaryType: string
  types: TypedTypes
  data: Record<string, unknown>
  encoded: Hex
  digest: Hex
}

interface MailExample {
  typedData: { types: TypedTypes; primaryType: string; domain: TypedDomain; message: Record<string, unknown> }
  expected: Record<
    'encodeType' | 'typeHash' | 'encodeData' | 'structHash' | 'domainSeparator' | 'signHash' | 'signer' | 'r' | 's',
    string
  > & { v: number }
}

/** EIP-712 and RLP as ethers.js has them, and every step of the EIP's own example. */
export function run(testdata: string): ConformanceResult {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(testdata, 'typed-data', name), 'utf8'))
  return runCases([
    ...(read('ethers-typed-data.json') as EthersCase[]).map((vector) => ({
      name: `typed data ${vector.name}`,
      check: () => checkEthers(vector),
    })),
    { name: 'EIP-712 mail', check: () => checkMail(read('eip712-mail.json') as MailExample) },
    ...rlpCases(read('ethers-rlp.json')),
  ])
}

function checkEthers({ domain, types, primaryType, data, encoded, digest }: EthersCase): void {
  const struct = compileTypedStruct(types, primaryType)
  expectEqual('encodeData', bytesToHex(struct.encode(data)), encoded)
  expectEqual('digest', typedDataDigest(domainSeparator(domain), struct, data), digest)
}

function checkMail({ typedData, expected }: MailExample): void {
  // The example holds checksummed addresses; ours are lower-case.
  const { types, primaryType, domain, message } = lowerAddresses(typedData)
  const struct = compileTypedStruct(types, primaryType)
  const digest = typedDataDigest(domainSeparator(domain), struct, message)
  const key = keccak256(utf8('cow'))
  const signature = signDigest(digest, key)
  expectEqual('encodeType', struct.encodedType, expected.encodeType)
  expectEqual('typeHash', bytesToHex(struct.typeHash), expected.typeHash)
  expectEqual('encodeData', bytesToHex(struct.encode(message)), expected.encodeData)
  expectEqual('structHash', bytesToHex(struct.hash(message)), expected.structHash)
  expectEqual('domainSeparator', bytesToHex(domainSeparator(domain)), expected.domainSeparator)
  expectEqual('signHash', digest, expected.signHash)
  expectEqual('signature', signature, `${expected.r}${expected.s.slice(2)}${expected.v.toString(16)}`)
  expectEqual('signer', recoverAddress(digest, signature), expected.signer)
  expectEqual('address of the key', addressOf(key), expected.signer)
}

function lowerAddresses<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (_, item) =>
    typeof item === 'string' && /^0x[0-9a-fA-F]{40}$/.test(item) ? item.toLowerCase() : item,
  )
}

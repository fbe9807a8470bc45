import { type Address, bytesToHex, type Hex } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { compileTypedStruct, type TypedField, type TypedStruct } from './compile.ts'

/** An EIP-712 domain; only the members present are part of it. */
export interface TypedDomain {
  name?: string
  version?: string
  chainId?: bigint | number
  verifyingContract?: Address
  salt?: Hex
}

const DOMAIN_FIELDS: readonly TypedField[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
  { name: 'salt', type: 'bytes32' },
]

/** `hashStruct` of the domain, 32 bytes. */
export function domainSeparator(domain: TypedDomain): Uint8Array {
  const unknown = Object.keys(domain).find((name) => !DOMAIN_FIELDS.some((field) => field.name === name))
  if (unknown !== undefined) throw new OgError('TYPED_DATA_INVALID', `An EIP-712 domain has no member ${unknown}.`)
  const fields = DOMAIN_FIELDS.filter(({ name }) => domain[name as keyof TypedDomain] !== undefined)
  return compileTypedStruct({ EIP712Domain: fields }, 'EIP712Domain').hash(domain)
}

/** The digest that is signed: `keccak256(0x19 ‖ 0x01 ‖ domainSeparator ‖ hashStruct(message))`. */
export function typedDataDigest(separator: Uint8Array, struct: TypedStruct, message: object): Hex {
  const out = new Uint8Array(66)
  out[0] = 0x19
  out[1] = 0x01
  out.set(separator, 2)
  out.set(struct.hash(message), 34)
  return bytesToHex(keccak256(out))
}

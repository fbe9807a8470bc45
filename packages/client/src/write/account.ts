import { addressOf, bytesToHex, type Hex, publicKeyOf, signDigest } from '@opengradient/protocol'
import {
  getAddress,
  hashMessage,
  hashTypedData,
  keccak256,
  parseSignature,
  type Signature,
  serializeTransaction,
  type TransactionSerializable,
} from 'viem'
import { type PrivateKeyAccount, toAccount } from 'viem/accounts'
import { hashAuthorization } from 'viem/utils'

/**
 * The account of a private key (32 bytes), as viem's `privateKeyToAccount` makes it, but signing with the curve of this process: where
 * `installFastCrypto` of `@opengradient/protocol/node` ran, that costs nothing, while viem's own takes a tenth of a second for its first key.
 *
 * @throws OgError `KEY_INVALID`
 */
export function keyAccount(privateKey: Uint8Array): PrivateKeyAccount {
  const key = Uint8Array.from(privateKey)
  const sign = (hash: Hex): Hex => signDigest(hash, key)
  const publicKey = bytesToHex(publicKeyOf(key))
  const account = toAccount({
    address: getAddress(addressOf(key)),
    sign: async ({ hash }) => sign(hash),
    signMessage: async ({ message }) => sign(hashMessage(message)),
    signTypedData: async (typedData) => sign(hashTypedData(typedData as Parameters<typeof hashTypedData>[0])),
    signTransaction: async (transaction, options) => {
      const serialize = (options?.serializer ?? serializeTransaction) as (
        transaction: TransactionSerializable,
        signature?: Signature,
      ) => Hex | Promise<Hex>
      // What a blob transaction signs is without its blobs.
      const signed = transaction.type === 'eip4844' ? { ...transaction, sidecars: false as const } : transaction
      const signature = parseSignature(sign(keccak256(await serialize(signed as TransactionSerializable))))
      return serialize(transaction as TransactionSerializable, signature)
    },
    signAuthorization: async (parameters) => {
      const { chainId, nonce } = parameters
      const address = parameters.contractAddress ?? parameters.address
      return { address, chainId, nonce, ...parseSignature(sign(hashAuthorization({ address, chainId, nonce }))) }
    },
  })
  return { ...account, publicKey, source: 'privateKey' } as PrivateKeyAccount
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyAccount } from '@opengradient/client'
import { type Address, DEV_ACCOUNTS, devAccount, OgError } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import type { PrivateKeyAccount } from 'viem/accounts'
import { createWhole, readIfThere } from '../home/files.ts'
import { jsonNames, readAll, type Spoilt } from '../home/listed.ts'
import { isLocalName } from '../home/networks.ts'
import type { Home } from '../home/paths.ts'
import { decryptKey, encryptKey, type Keystore, parseKeystoreOf } from './keystore.ts'

/** The account that exists on every local network without a password. */
export const DEV = 'dev'

/** A stored account, as `og account list` shows it. */
export interface StoredAccount {
  name: string
  address: Address
}

const fileOf = (home: Home, name: string) => join(home.keys, `${name}.json`)

/** Accounts of this home, by name, and the files that hold none. */
export const listAccounts = (home: Home): { found: StoredAccount[]; spoilt: Spoilt[] } =>
  readAll(home.keys, (path, name) => ({ name, address: addressOf(parseKeystoreOf(path, readFileSync(path))) }))

const addressOf = ({ address }: Keystore): Address => `0x${address.replace(/^0x/, '').toLowerCase()}`

/** Refuses what no new account may be called, before anybody types a password for it. @throws OgError `USAGE` */
export function requireNewName(home: Home, name: string): void {
  requireName(name)
  if (readIfThere(fileOf(home, name))) throw taken(name)
}

const taken = (name: string): OgError => new OgError('USAGE', `an account "${name}" exists already; choose another name`)

/** Encrypts and stores a key under a new name; an existing account is never overwritten. */
export async function storeAccount(home: Home, name: string, key: Uint8Array, password: string): Promise<StoredAccount> {
  requireNewName(home, name)
  const keystore = await encryptKey(key, password)
  if (!createWhole(fileOf(home, name), `${JSON.stringify(keystore, null, 2)}\n`, 0o600)) throw taken(name)
  return { name, address: `0x${keystore.address}` }
}

/** The keystore file's bytes, still encrypted. */
export function readAccountFile(home: Home, name: string): Uint8Array {
  const bytes = readIfThere(fileOf(home, requireName(name)))
  if (!bytes) {
    const known = jsonNames(home.keys)
    throw new OgError(
      'USAGE',
      `there is no account "${name}" in ${home.keys}; ${known.length ? `there are ${known.join(', ')}` : 'make one with `og account new NAME`'}`,
    )
  }
  return bytes
}

/** The account, still encrypted. @throws OgError `USAGE`: there is none; `KEYSTORE_INVALID` */
export const readAccount = (home: Home, name: string): Keystore => parseKeystoreOf(fileOf(home, name), readAccountFile(home, name))

/** Opens an account for signing. `password` is asked for only when the account is encrypted. */
export async function openAccount(
  home: Home,
  name: string,
  network: { name: string; chainId: number },
  password: () => Promise<string>,
): Promise<PrivateKeyAccount> {
  if (name === DEV) return devSigner(network, 'user')
  const key = await decryptKey(readAccount(home, name), await password())
  await installFastCrypto()
  return keyAccount(key)
}

/** A development account of a local network, and of no other: everybody can compute its key. */
export async function devSigner(network: { name: string; chainId: number }, who: keyof typeof DEV_ACCOUNTS): Promise<PrivateKeyAccount> {
  if (!isLocalName(network.name)) {
    throw new OgError(
      'KEY_NOT_ALLOWED',
      `the account "dev" is public and works on local networks only, not on "${network.name}"; make one with \`og account new NAME\` and choose it with \`og account use NAME\``,
    )
  }
  await installFastCrypto()
  return keyAccount(devAccount(network.chainId, DEV_ACCOUNTS[who]).privateKey)
}

function requireName(name: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || name.startsWith('.'))
    throw new OgError('USAGE', 'an account name has 1 to 64 letters, digits, dots, dashes or underscores, and no dot first')
  if (name === DEV) throw new OgError('USAGE', '"dev" is the local network\'s own account; choose another name')
  return name
}

/** Address of an account without opening it. */
export async function addressInUse(home: Home, name: string, network: { name: string; chainId: number }): Promise<Address> {
  if (name === DEV) return (await devSigner(network, 'user')).address.toLowerCase() as Address
  return addressOf(readAccount(home, name))
}

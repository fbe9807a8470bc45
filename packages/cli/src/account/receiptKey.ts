import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createWhole, readIfThere } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { decryptKey, encryptKey, parseKeystoreOf } from './keystore.ts'

/** The key that signs a node's receipts: another one than the account's, drawn on first use, encrypted with the account's password. */
export async function receiptKeyOf(home: Home, account: string, password: string): Promise<Uint8Array> {
  const path = join(home.keys, 'receipt', `${account}.json`)
  const bytes = readIfThere(path)
  if (bytes) return decryptKey(parseKeystoreOf(path, bytes), password)
  const key = new Uint8Array(randomBytes(32))
  const created = createWhole(path, `${JSON.stringify(await encryptKey(key, password), null, 2)}\n`, 0o600)
  return created ? key : receiptKeyOf(home, account, password)
}

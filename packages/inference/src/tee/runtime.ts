import { canonicalJson, type Hex, sha256Hex, utf8 } from '@opengradient/protocol'
import type { EngineIdentity } from '../engine/engine.ts'

/** What a keyset says that the enclave runs: SHA-256 of the names, versions and digests of its engines, as canonical JSON in the order of their names. */
export function runtimeDigest(engines: readonly Pick<EngineIdentity, 'name' | 'version' | 'digest'>[]): Hex {
  const list = engines.map(({ name, version, digest }) => ({ name, version, digest }))
  return sha256Hex(utf8(canonicalJson(list.sort((a, b) => (a.name < b.name ? -1 : 1)))))
}

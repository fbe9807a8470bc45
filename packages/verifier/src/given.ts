import { OgError, type Policy, type Trust } from '@opengradient/protocol'

const LEVELS: readonly unknown[] = ['signature', 'tee', 'zk', 'development']
const EXPECTED: readonly string[] = ['requestId', 'requestHash', 'modelId', 'node', 'maxPrice']

/** What a caller asks for has to be something: an expectation that is misspelt is none. @throws OgError `CONFIG_INVALID` */
export function requireArguments(policy: Policy, trust: Trust, now: number): void {
  // A check that this version does not know stays: it never passes.
  if (!isObject(policy) || !Array.isArray(policy.require)) throw wrong('policy', 'an object such as presets.settled')
  if (!LEVELS.includes(policy.level)) throw wrong('policy.level', `one of ${LEVELS.join(', ')}`)
  if (policy.attestation !== undefined && !isObject(policy.attestation)) throw wrong('policy.attestation', 'an object')
  if (policy.expect !== undefined && !isObject(policy.expect)) throw wrong('policy.expect', 'an object')
  const other = Object.keys(policy.expect ?? {}).find((name) => !EXPECTED.includes(name))
  if (other !== undefined)
    throw wrong('policy.expect', `an object with ${EXPECTED.join(', ')}; it has a member ${JSON.stringify(other.slice(0, 60))}`)
  if (!isObject(trust) || !Array.isArray(trust.anchors)) throw wrong('trust', 'what a network file says: trustOf(networkFile)')
  if (!Number.isSafeInteger(now)) throw wrong('now', 'whole unix seconds, such as Math.floor(Date.now() / 1000)')
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const wrong = (name: string, wanted: string): OgError => new OgError('CONFIG_INVALID', `${name} has to be ${wanted}`)

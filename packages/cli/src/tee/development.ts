import { createRequire } from 'node:module'
import type { Platform } from '@opengradient/attestation'
import type { Attester } from '@opengradient/attestation/attest'
import { equalBytes, type Hex, OgError } from '@opengradient/protocol'

export interface DevelopmentTee {
  readonly platform: Platform
  /** The development roots (DER) in the genesis of the network. */
  readonly trusted: readonly Uint8Array[]
  /** What those roots were derived from. */
  readonly seed: string
  /** Tells machines of the network apart. */
  readonly machine: string
  readonly measurement?: Hex
  /** Unix seconds. */
  readonly now?: () => number
}

/**
 * An attester whose evidence says nothing about any machine, for networks that were made to accept it. The code is not even loaded unless the
 * genesis of the network holds development roots, and it is not part of what is published. ATTESTER_UNAVAILABLE.
 */
export async function loadDevelopmentAttester({ trusted, ...options }: DevelopmentTee): Promise<Attester> {
  if (trusted.length === 0) throw unavailable('The genesis of this network holds no development roots: its nodes attest real hardware')
  const { developmentAttester, developmentRootOf } = await load()
  const root = developmentRootOf(options.seed, options.platform)
  if (!trusted.some((other) => equalBytes(root, other))) throw unavailable('The development roots of this network come from another seed')
  return developmentAttester(options)
}

/** Whether this is a clone of the repository, where development attesters are. */
export function hasDevelopmentAttesters(): boolean {
  try {
    createRequire(import.meta.url).resolve('@opengradient/attestation-dev/packed')
    return true
  } catch {
    return false
  }
}

async function load(): Promise<typeof import('@opengradient/attestation-dev')> {
  try {
    return await import('@opengradient/attestation-dev')
  } catch (cause) {
    throw unavailable('Development attesters are in the source repository only, not in published packages', cause)
  }
}

const unavailable = (message: string, cause?: unknown): OgError =>
  new OgError('ATTESTER_UNAVAILABLE', `${message}.`, cause === undefined ? {} : { cause })

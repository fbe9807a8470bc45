import type { AttestationPolicy } from '@opengradient/attestation'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'

/**
 * The policy of `--evidence-policy`, as the member of a caller's rules; members that the file leaves out are those of the strictest. Nothing
 * without a file.
 * @throws OgError `POLICY_MALFORMED`, `USAGE`
 */
export async function ownPolicy(context: Context, file: unknown): Promise<{ attestation?: AttestationPolicy }> {
  if (typeof file !== 'string') return {}
  const { DEFAULT_POLICY, MAX_POLICY_BYTES, parseStandingPolicy } = await import('@opengradient/attestation')
  return { attestation: parseStandingPolicy(readGiven(context, file, MAX_POLICY_BYTES), DEFAULT_POLICY) }
}

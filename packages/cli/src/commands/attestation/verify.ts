import { type AttestationPolicy, parsePolicy } from '@opengradient/attestation'
import { OgError } from '@opengradient/protocol'
import { derFiles, givenEvidence } from '../../attestation/evidence.ts'
import { timeOf } from '../../attestation/forms.ts'
import { judgeEvidence, policyOf, trustsWith } from '../../attestation/judge.ts'
import { judgementLines } from '../../attestation/screen.ts'
import { evidenceWords } from '../../attestation/words.ts'
import type { Context } from '../../context.ts'
import { print, printJson } from '../../io.ts'
import { chainOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** Policy and development roots of the network, through state proofs. */
async function networkRules(context: Context): Promise<{ policy: AttestationPolicy; roots: Uint8Array[] }> {
  const chain = chainOf(context)
  const facts = chain.at(await chain.head())
  const [{ json }, roots] = await Promise.all([facts.attestationPolicy(), facts.developmentRoots()])
  return { policy: parsePolicy(json), roots }
}

/** `og attestation verify FILE`: raw evidence against the roots of this release, and no network. Ends with 1 when it is refused. */
export const run: CommandModule['run'] = async (context, [file = ''], flags) => {
  const at = timeOf(flags.at, context.io.now())
  const given = givenEvidence(context, file, flags)
  const own = derFiles(context, flags.roots, 'CERTIFICATE')
  const network = flags.fromNetwork === true ? await networkRules(context) : undefined
  if (network && (flags.policy !== undefined || own.length > 0))
    throw new OgError('USAGE', '--from-network takes policy and development roots from the chain: leave out --policy and --roots')
  const policy = network?.policy ?? policyOf(context, flags.policy, given, own.length > 0)
  const judgement = await judgeEvidence(given, policy, trustsWith(network?.roots ?? own), at)
  const { claims, gpus = [] } = judgement
  const expected = { ...policy.expect, ...given.expect }
  const bound = given.envelope !== undefined || expected.reportData !== undefined || expected.nonce !== undefined
  const has = { listed: policy.measurements !== 'any', bound }
  if (context.flags.json) {
    const words = judgement.ok && claims ? evidenceWords([claims, ...gpus], has) : {}
    printJson(context.io, {
      platform: given.platform,
      at,
      ...judgement,
      ...words,
      policy: network ? 'network' : typeof flags.policy === 'string' ? 'given' : 'default',
    })
  } else for (const line of judgementLines(judgement, has, context.style)) print(context.io, line)
  return judgement.ok ? 0 : 1
}

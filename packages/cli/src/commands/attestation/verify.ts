import { derFiles, givenEvidence } from '../../attestation/evidence.ts'
import { timeOf } from '../../attestation/forms.ts'
import { judgeEvidence, policyOf, trustsWith } from '../../attestation/judge.ts'
import { judgementLines } from '../../attestation/screen.ts'
import { evidenceWords } from '../../attestation/words.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../table.ts'

/** `og attestation verify FILE`: raw evidence against the roots of this release, and no network. Ends with 1 when it is refused. */
export const run: CommandModule['run'] = async (context, [file = ''], flags) => {
  const at = timeOf(flags.at, context.io.now())
  const given = givenEvidence(context, file, flags)
  const own = derFiles(context, flags.roots, 'CERTIFICATE')
  const policy = policyOf(context, flags.policy, given, own.length > 0)
  const judgement = await judgeEvidence(given, policy, trustsWith(own), at)
  const { claims } = judgement
  const expected = { ...policy.expect, ...given.expect }
  const bound = given.envelope !== undefined || expected.reportData !== undefined || expected.nonce !== undefined
  const has = { listed: policy.measurements !== 'any', bound }
  if (context.flags.json) {
    const words = judgement.ok && claims ? evidenceWords(claims, has) : {}
    printJson(context.io, {
      platform: given.platform,
      at,
      ...judgement,
      ...words,
      policy: typeof flags.policy === 'string' ? 'given' : 'default',
    })
  } else for (const line of judgementLines(judgement, has, context.style)) print(context.io, line)
  return judgement.ok ? 0 : 1
}

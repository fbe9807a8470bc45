import { join } from 'node:path'
import { SNP_FAMILIES, type SnpFamily } from '@opengradient/attestation'
import { encodeCollateral, type GpuEvidence, isOgError, OgError } from '@opengradient/protocol'
import { derFiles, givenEvidence } from '../../../attestation/evidence.ts'
import { trustsWith } from '../../../attestation/judge.ts'
import { type AskedFor, fetchPublished, type Published, type PublishedResult } from '../../../collateral/published.ts'
import { getter, servicesOf } from '../../../collateral/services.ts'
import { collateralWords } from '../../../collateral/words.ts'
import type { Context } from '../../../context.ts'
import { writeGiven } from '../../../home/given.ts'
import { print, printJson } from '../../../io.ts'
import { attesterOf, parseTee } from '../../../tee/attester.ts'
import type { CommandModule } from '../../command.ts'

/** `og attestation collateral fetch [FILE]`: what the vendor publishes about this evidence, or about this machine, into a folder. */
export const run: CommandModule['run'] = async (context, [file], flags) => {
  const asked = await askedFor(context, file, flags)
  const now = Math.floor(context.io.now() / 1000)
  const trusts = trustsWith(derFiles(context, flags.roots, 'CERTIFICATE'))
  const options = { get: getter(globalThis.fetch), services: servicesOf(flags), trusts, now, ...familyOf(flags.family) }
  const results: PublishedResult[] = []
  for (const one of asked) results.push(await fetchPublished(one, options))
  const certificate = results[0]?.certificate
  // Several GPUs need the same.
  const published = [...new Map(results.flatMap((one) => one.published).map((one) => [one.verified.key, one])).values()]
  const refused = [...new Set(results.flatMap((one) => one.refused))]
  const complete = results.every((one) => one.complete)
  const folder = typeof flags.output === 'string' ? flags.output : '.'
  const written = published.map((one) => ({ ...one, ...write(context, folder, one) }))
  if (certificate) writeGiven(context, join(folder, 'vcek.der'), certificate)
  if (context.flags.json)
    printJson(context.io, {
      files: written.map(({ name, problem, verified: { kind, key, number, thisUpdate, nextUpdate } }) => ({
        ...{ name, kind, key, number, thisUpdate, nextUpdate },
        ...(problem ? { problem } : {}),
      })),
      certificate: certificate ? 'vcek.der' : null,
      refused,
      complete,
    })
  else {
    if (certificate) print(context.io, 'vcek.der: the certificate of the chip (`og node start --tee-certificates`)')
    for (const { name, problem, verified } of written) print(context.io, `${name}: ${problem ?? collateralWords(verified)}`)
    for (const says of refused) print(context.io, context.style.yellow(`not used: ${says}`))
    print(
      context.io,
      complete ? 'That is all that this evidence needs.' : context.style.red('Something is missing that this evidence needs.'),
    )
  }
  return complete ? 0 : 1
}

/** Evidence of a file, or of this machine; that of the GPUs behind it. @throws OgError `USAGE`, `ATTESTER_UNAVAILABLE` */
async function askedFor(context: Context, file: string | undefined, flags: Record<string, unknown>): Promise<AskedFor[]> {
  if ((file === undefined) === (flags.tee === undefined))
    throw new OgError('USAGE', 'about which machine? Name a file with evidence, or --tee auto for this machine')
  if (file !== undefined) {
    const given = givenEvidence(context, file, flags)
    return [given, ...(given.envelope?.gpus ?? []).map(ofGpu)]
  }
  const certificates = derFiles(context, flags.certificates, 'CERTIFICATE')
  const attester = await attesterOf({
    ...{ platform: parseTee(flags.tee), gpu: flags.teeGpu === true, certificates, trusted: async () => [], machine: '' },
    ...(typeof flags.teeAt === 'string' && { at: flags.teeAt }),
  })
  try {
    // Bound to nothing: it is shown to nobody but the vendor, and of that only which chip and versions it is.
    const { evidence, endorsements, gpus = [] } = await attester.attest(new Uint8Array(64))
    return [{ platform: attester.platform as AskedFor['platform'], evidence, endorsements }, ...gpus.map(ofGpu)]
  } finally {
    await attester.close()
  }
}

const ofGpu = ({ evidence, endorsements }: GpuEvidence): AskedFor => ({ platform: 'nvidia-gpu', evidence, endorsements })

/** Writes one file in the form that `post` and the chain take; `problem`: it does not fit there. */
function write(context: Context, folder: string, { collateral, verified }: Published): { name: string; problem?: string } {
  const name = `${verified.kind}-${verified.key.slice(2, 10)}.collateral`
  try {
    writeGiven(context, join(folder, name), encodeCollateral(collateral))
    return { name }
  } catch (error) {
    if (isOgError(error, 'COLLATERAL_MALFORMED')) return { name, problem: `not written: ${error.message}` }
    throw error
  }
}

function familyOf(given: unknown): { family?: SnpFamily } {
  if (given === undefined) return {}
  const family = SNP_FAMILIES.find((name) => name === given)
  if (family === undefined) throw new OgError('USAGE', `--family ${String(given)}: there are ${SNP_FAMILIES.join(', ')}`)
  return { family }
}

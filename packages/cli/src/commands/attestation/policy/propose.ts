import { MAX_POLICY_BYTES, parseStandingPolicy, policyBytes } from '@opengradient/attestation'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import { bytesToHex, bytesToUint, canonicalJson, type Hex, hexToBytes, keccak256Hex, OgError, parseHex, utf8 } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { Context } from '../../../context.ts'
import { readGiven, writeGiven } from '../../../home/given.ts'
import { print, printJson } from '../../../io.ts'
import { wrapText } from '../../../render/style.ts'
import { chainOf } from '../../../session.ts'
import type { CommandModule } from '../../command.ts'

/** Bytes that the chain keeps of a policy. */
const MAX_ON_CHAIN = 24_575
/** Bytes of a serial number (RFC 5280, 4.1.2.2). */
const MAX_SERIAL = 20

/** One call that the Timelock would have to make. */
interface Proposal {
  readonly says: string
  readonly data: Hex
  readonly policyHash?: Hex
}

const UNBUILT =
  'Governance is not built yet: the Timelock has no code, and nobody can have it make this call. Until then the policy of a network is the one in its genesis.'

/** `og attestation policy propose`: the call that changes the policy or revokes something, for the Timelock. Sends nothing. */
export const run: CommandModule['run'] = async (context, [file], flags) => {
  const proposal = await proposalOf(context, file, flags)
  const call = { target: ADDRESSES.attestations, value: '0', data: proposal.data }
  const written = { timelock: ADDRESSES.timelock, call, ...(proposal.policyHash ? { policyHash: proposal.policyHash } : {}) }
  if (typeof flags.output === 'string') writeGiven(context, flags.output, utf8(`${canonicalJson(written)}\n`))
  if (context.flags.json) printJson(context.io, { ...written, says: proposal.says, sent: false, note: UNBUILT })
  else {
    print(context.io, proposal.says)
    print(context.io, `target ${call.target} (Attestations), value 0, data of ${(call.data.length - 2) / 2} bytes`)
    print(context.io, typeof flags.output === 'string' ? `written to ${flags.output}` : call.data)
    for (const line of wrapText(UNBUILT, 100)) print(context.io, context.style.yellow(line))
  }
  return 0
}

async function proposalOf(context: Context, file: string | undefined, flags: Record<string, unknown>): Promise<Proposal> {
  const asked = [file, flags.revokeMeasurement, flags.revokePlatform, flags.revokeCertificate].filter((one) => one !== undefined)
  if (asked.length !== 1)
    throw new OgError(
      'USAGE',
      'propose one thing: a file with the new policy, --revoke-measurement, --revoke-platform, or --revoke-certificate',
    )
  if (file === undefined) return revocation(flags)
  const chain = chainOf(context)
  const { number, json } = await chain.attestationPolicy()
  const bytes = policyBytes(parseStandingPolicy(readGiven(context, file, MAX_POLICY_BYTES), parseStandingPolicy(json)))
  if (bytes.length > MAX_ON_CHAIN)
    throw new OgError('POLICY_MALFORMED', `the policy has ${bytes.length} bytes; the chain keeps at most ${MAX_ON_CHAIN}`)
  if (keccak256Hex(bytes) === keccak256Hex(json))
    throw new OgError('USAGE', 'the policy in the file is the one in force: nothing to propose')
  return {
    says: `Replace policy ${number}. Every keyset that was judged by it ends, and its node registers again.`,
    data: encodeFunctionData({ abi: attestationsAbi, functionName: 'setPolicy', args: [bytesToHex(bytes)] }),
    policyHash: keccak256Hex(bytes),
  }
}

function revocation({ revokeMeasurement, revokePlatform, revokeCertificate }: Record<string, unknown>): Proposal {
  if (revokeMeasurement !== undefined) {
    const args = [parseHex(revokeMeasurement, 32, '--revoke-measurement')] as const
    const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'revokeMeasurement', args })
    return { says: `Revoke code ${args[0]} for ever: every keyset that rests on it ends at once.`, data }
  }
  if (revokeCertificate !== undefined) {
    const args = certificateOf(String(revokeCertificate))
    const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'revokeCertificate', args })
    return { says: `Revoke certificate ${args[1]} of ${args[0]} for ever: every keyset that rests on it ends at once.`, data }
  }
  const args = [parseHex(revokePlatform, 32, '--revoke-platform')] as const
  const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'revokePlatform', args })
  return { says: `Revoke machine ${args[0]} for ever: every keyset that rests on it ends at once.`, data }
}

/** `ISSUER:SERIAL`: SHA-256 of the issuer's name and the serial number, as claims name certificates. */
function certificateOf(given: string): readonly [issuer: Hex, serial: bigint] {
  const [issuer, serial = '', ...more] = given.split(':')
  const number = hexToBytes(parseHex(serial, undefined, '--revoke-certificate, the serial'))
  if (number.length > MAX_SERIAL || more.length > 0)
    throw new OgError('USAGE', `--revoke-certificate ${given}: expected ISSUER:SERIAL, both in hex, a serial of up to ${MAX_SERIAL} bytes`)
  return [parseHex(issuer, 32, '--revoke-certificate, the issuer'), bytesToUint(number)]
}

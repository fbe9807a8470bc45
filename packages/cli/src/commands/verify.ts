import {
  type Bundle,
  type Expectation,
  MAX_BUNDLE_BYTES,
  OgError,
  type Policy,
  type PresetName,
  parseBundle,
  parseHex,
  presets,
  type Trust,
  trustOf,
} from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { noTrust, presetFor, verify } from '@opengradient/verifier'
import { parseOpg } from '../amount.ts'
import { ownPolicy } from '../attestation/ownPolicy.ts'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'
import { networkOf } from '../home/networks.ts'
import { print, printJson, widthOf } from '../io.ts'
import { verdictLines } from '../render/verdict.ts'
import type { CommandModule } from './command.ts'

/** What passing each policy means, in a line. */
const POLICIES: Record<PresetName, string> = {
  settled: 'policy settled: recorded on chain for good',
  answer: 'policy answer: as good as when it arrived; its settlement is not shown (og bundle adds it)',
  archive: 'policy archive: hashes and signature only; nothing about who signed',
  tee: 'policy tee: as good as when it arrived, with the evidence of the enclave that answered',
  development: 'policy development: as tee, but no hardware stands behind the evidence',
  zk: 'policy zk: as good as when it arrived, with a proof (succinct, not zero-knowledge)',
}

/** `og verify FILE`: needs the file and the network file, and no network. */
export const run: CommandModule['run'] = async (context, [file = ''], flags) => {
  await installFastCrypto()
  const bytes = readGiven(context, file, MAX_BUNDLE_BYTES)
  const bundle = parsed(bytes)
  const preset = choosePreset(flags.policy, bundle)
  const policy: Policy = { ...presets[preset], expect: expectationOf(flags), ...(await ownPolicy(context, flags.evidencePolicy)) }
  const verdict = await verify(bundle ?? bytes, policy, trustFor(context, preset, bundle), Math.floor(context.io.now() / 1000))
  if (context.flags.json) printJson(context.io, { ...verdict, policy: preset })
  else {
    for (const line of verdictLines(verdict, context.style, widthOf(context.io))) print(context.io, line)
    print(context.io, context.style.dim(verdict.ok ? POLICIES[preset] : `policy ${preset}: not met`))
    if (bundle && !bundle.chain && preset !== 'archive')
      print(context.io, 'It holds nothing of the chain. What its hashes and signature are worth alone: --policy archive')
    if (bundle?.receipt.level === 129 && preset !== 'development')
      print(context.io, 'It is of development: no hardware protection. What it is worth as that: --policy development')
  }
  return verdict.ok ? 0 : 1
}

/** The preset asked for by name, else the one that fits what the bundle claims to show: never one that says nothing of who answered. */
function choosePreset(asked: unknown, bundle: Bundle | undefined): PresetName {
  if (asked !== undefined) {
    if (typeof asked === 'string' && Object.hasOwn(presets, asked)) return asked as PresetName
    throw new OgError('USAGE', `--policy ${String(asked)}: there are ${Object.keys(presets).join(', ')}`)
  }
  const fitting = bundle ? presetFor(bundle) : 'settled'
  return fitting === 'archive' ? 'answer' : fitting
}

/** What the choice of preset and trust looks at; bytes that are no bundle fail in the verdict, which says why. */
function parsed(bytes: Uint8Array): Bundle | undefined {
  try {
    return parseBundle(bytes)
  } catch {
    return undefined
  }
}

function expectationOf(flags: Record<string, unknown>): Expectation {
  return {
    ...(typeof flags.requestId === 'string' ? { requestId: parseHex(flags.requestId, 32, '--request-id') } : {}),
    ...(typeof flags.model === 'string' ? { modelId: parseHex(flags.model, 32, '--model') } : {}),
    ...(typeof flags.maxPrice === 'string' ? { maxPrice: parseOpg(flags.maxPrice, '--max-price') } : {}),
  }
}

/** Hashes and signature need no trust; everything else does, and says how to get it. */
function trustFor(context: Context, preset: PresetName, bundle: Bundle | undefined): Trust {
  try {
    return trustOf(networkOf(context))
  } catch (error) {
    if (preset === 'archive' && bundle) return noTrust(bundle)
    throw error
  }
}

import { OgError } from '@opengradient/protocol'
import { trustedBlockOf } from '../../full/engineStatus.ts'
import { fullPlace, needSettings } from '../../full/settings.ts'
import { print, printJson } from '../../io.ts'
import type { CommandModule } from '../command.ts'

/** `og node trust`: the newest block of this full node, for somebody who trusts its operator and joins by state sync. */
export const run: CommandModule['run'] = async (context) => {
  const { engineRpc, network } = needSettings(fullPlace(context.home))
  const block = await trustedBlockOf(engineRpc.url).catch((cause) => {
    throw new OgError('NOT_RUNNING', `CometBFT does not answer at ${engineRpc.url}; start the node with \`og node start --role full\``, {
      cause,
    })
  })
  if (context.flags.json) printJson(context.io, { network, ...block })
  else print(context.io, `--sync state --trust-height ${block.height} --trust-hash ${block.hash}`)
  return 0
}

import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { pullModel } from '@opengradient/sdk'
import { networkOf } from '../../home/networks.ts'
import { note, print, printJson } from '../../io.ts'
import { sdkOf, storesOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og models pull MODEL [FOLDER]`: checked chunk by chunk; a pull that was interrupted goes on where it stopped. */
export const run: CommandModule['run'] = async (context, [model = '', folder]) => {
  const og = await sdkOf(context, { sign: false })
  const network = networkOf(context)
  const { stores } = storesOf(context, network)
  if (!stores && network.name === 'local')
    throw new OgError('NOT_RUNNING', 'no store is known: the local network is down; start it with `og up`')
  if (!stores) throw new OgError('CONFIG_MISSING', 'no store is known; `og config store URL` names one')
  const into = resolve(context.io.cwd, folder ?? model.replace('/', '-'))
  if (existsSync(into) && !statSync(into).isDirectory()) throw new OgError('USAGE', `cannot pull into ${into}: it is no folder`)
  const { modelId, manifest } = await pullModel(og, model, {
    into,
    stores,
    onFault: (fault) => note(context.io, `a peer was left: ${JSON.stringify(fault)}`),
  })
  if (context.flags.json) printJson(context.io, { modelId, into, files: manifest.files.map((file) => file.path) })
  else print(context.io, `${into}: ${manifest.files.map((file) => file.path).join(', ')}, manifest.json; every byte matches ${modelId}`)
  return 0
}

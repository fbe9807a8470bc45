import type { ChainClient } from '@opengradient/client'
import { formatOpg, type Hex, OgError, parseHex } from '@opengradient/protocol'
import { addressInUse } from '../../account/accounts.ts'
import { parsePrice } from '../../amount.ts'
import { networkOf } from '../../home/networks.ts'
import { print, printJson } from '../../io.ts'
import { chainOf, writerOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

const REQUEST = 0

/** `og node price MODEL [OPG]`: what this node asks for a request; changes at most once an hour. */
export const run: CommandModule['run'] = async (context, [model = '', amount]) => {
  if (amount === undefined) {
    const network = networkOf(context)
    const chain = chainOf(context, network)
    const modelId = await modelIdOf(chain, model)
    const price = await chain.price(await addressInUse(context.home, context.config().account, network), modelId, REQUEST)
    if (context.flags.json) printJson(context.io, { modelId, ...price })
    else
      print(
        context.io,
        price.active
          ? `${formatOpg(price.amount)} OPG a request since ${new Date(Number(price.since) * 1000).toISOString()}`
          : 'not offered by this node',
      )
    return 0
  }
  const wei = parsePrice(amount, 'price')
  const { chain, writer } = await writerOf(context)
  const modelId = await modelIdOf(chain, model)
  const sent = await writer.setPrice(modelId, REQUEST, wei)
  if (context.flags.json) printJson(context.io, { modelId, amount: wei, transaction: sent.hash })
  else print(context.io, `${formatOpg(wei)} OPG a request of ${model}, since block ${sent.height}.`)
  return 0
}

async function modelIdOf(chain: ChainClient, model: string): Promise<Hex> {
  if (model.startsWith('0x')) return parseHex(model, 32, 'model')
  const found = await chain.resolve(model)
  if (!found) throw new OgError('MODEL_NOT_FOUND', `no model "${model}" is published; \`og models search\` lists them`)
  return found.modelId
}

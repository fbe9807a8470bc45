import { OgError } from '@opengradient/protocol'
import { isFree } from '../network/ports.ts'
import { addressOf, type FullPlace, type FullSettings } from './settings.ts'

/** Throws `PORT_IN_USE` naming the port that another program has, and the setting that chooses another. */
export async function requirePorts(place: FullPlace, { engine, p2p, engineRpc, rpc, nodeMetrics }: FullSettings): Promise<void> {
  const served = { rpc, ...(nodeMetrics !== undefined && { nodeMetrics: addressOf(nodeMetrics) }) }
  const own = engine === 'own' ? { p2p, engineRpc, ...served } : served
  for (const [setting, { port }] of Object.entries(own))
    if (!(await isFree(port)))
      throw new OgError(
        'PORT_IN_USE',
        `port ${port} is taken by another program. Stop it, or choose another port for "${setting}" in ${place.settings}`,
        { details: { port, setting } },
      )
}

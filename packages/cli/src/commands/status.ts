import { isAlive } from '@opengradient/client/aside'
import { print, printJson } from '../io.ts'
import { headHeight } from '../network/rpc.ts'
import { readRunning } from '../network/running.ts'
import { table } from '../render/style.ts'
import type { CommandModule } from './command.ts'

/** `og status`: exit code 4 when the network is not up or its RPC does not answer. */
export const run: CommandModule['run'] = async (context) => {
  const running = readRunning(context.home)
  if (!running) {
    if (context.flags.json) printJson(context.io, { up: false })
    else print(context.io, `down (${context.home.root}). Start it with \`og up\`.`)
    return 4
  }
  const height = await headHeight(running.ports.rpc)
  const services = Object.entries(running.services).map(([name, pid]) => ({ name, pid, alive: isAlive(pid) }))
  const healthy = height !== undefined && services.every((service) => service.alive)
  if (context.flags.json) printJson(context.io, { up: true, healthy, height, ports: running.ports, services, startedAt: running.startedAt })
  else {
    const { green, red } = context.style
    const uptime = Math.round((context.io.now() - running.startedAt) / 1000)
    print(
      context.io,
      `${healthy ? green('up') : red('degraded')} for ${uptime} s · height ${height ?? 'unknown: the RPC does not answer'} · home ${context.home.root}`,
    )
    for (const line of table(services.map((s) => [`  ${s.name}`, `process ${s.pid}`, s.alive ? green('running') : red('stopped')])))
      print(context.io, line)
    for (const line of table(Object.entries(running.ports).map(([name, port]) => [`  ${name}`, `http://127.0.0.1:${port}`])))
      print(context.io, line)
  }
  return healthy ? 0 : 4
}

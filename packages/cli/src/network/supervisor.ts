import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromBase64, OgError } from '@opengradient/protocol'
import { type RunningStore, startStore } from '@opengradient/store'
import { pino } from 'pino'
import { writeWhole } from '../home/files.ts'
import { makeFolder } from '../home/folder.ts'
import { networkPath } from '../home/networks.ts'
import type { Home } from '../home/paths.ts'
import { ServiceProcess } from './child.ts'
import { LogFile } from './logfile.ts'
import { type Ports, requireFreePorts } from './ports.ts'
import { awaitLeftovers, clearRunning, requireDown, writeRunning } from './running.ts'
import { serveWebPage } from './webPage.ts'

/** A local network under supervision. */
export interface LocalNetwork {
  chainId: number
  /** Height at the start. */
  height: number
  /** Nothing was there before: this is the first start. */
  created: boolean
  ports: Ports
  storeToken: string
  networkFile: Uint8Array
  /** Work that can wait may begin: the user has seen what they waited for. */
  idle: () => void
  /** Resolves when a service died by itself, with what to tell the user. */
  died: Promise<OgError>
  /** Stops everything, the inference node first: it drains into the chain. */
  stop: () => Promise<void>
}

export interface SupervisorOptions {
  home: Home
  ports: Ports
  quotaBytes: number
  /** Clients of the RPC may make blocks and move their time. */
  development: boolean
  /** The inference node makes development evidence about itself, for level development. */
  tee: boolean
  now: () => number
  /** Called when a phase begins. */
  phase: (name: string) => void
}

/** Starts chain, store, verify page and inference node; each service process has its log in `logs/`. Undoes what it started when one fails. */
export async function startLocalNetwork({
  home,
  ports,
  quotaBytes,
  development,
  tee,
  now,
  phase,
}: SupervisorOptions): Promise<LocalNetwork> {
  requireDown(home)
  await awaitLeftovers(home)
  await requireFreePorts(ports)
  makeFolder(home.logs)
  const undo: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const action of undo.splice(0).reverse()) await action()
  }
  let someoneDied: (error: OgError) => void = () => {}
  const died = new Promise<OgError>((resolve) => {
    someoneDied = resolve
  })
  const launch = (name: string): ServiceProcess => {
    const log = new LogFile(join(home.logs, `${name}.log`))
    const service = new ServiceProcess(name, log, (_name, _code, why) => {
      const message = `${why ? `${why.message} The` : 'the'} ${name} service stopped by itself; the rest was stopped too. Its log: ${log.path}`
      someoneDied(new OgError(why?.code ?? 'SERVICE_DIED', message))
    })
    undo.push(async () => {
      await service.stop()
      await log.close()
    })
    return service
  }
  try {
    phase('chain')
    const chain = launch('chain')
    const chainReady = chain.begin({ home: home.root, port: ports.rpc, development })
    const store = await startLocalStore(home, ports.store, quotaBytes)
    undo.push(() => store.close())
    // It loads its code while the chain starts.
    const inference = launch('inference')
    const {
      chainId,
      height,
      created,
      networkFile: encoded,
    } = (await chainReady) as { chainId: number; height: number; created: boolean; networkFile: string }
    const networkFile = fromBase64(encoded, 'networkFile')
    writeWhole(networkPath(home, 'local'), networkFile)
    const web = await serveVerifyPage(ports.web, networkFile)
    undo.push(() => closeServer(web))

    phase('inference node')
    await inference.begin({
      home: home.root,
      port: ports.inference,
      rpc: `http://127.0.0.1:${ports.rpc}`,
      store: store.url,
      tee,
    })
    writeRunning(home, {
      pid: process.pid,
      startedAt: now(),
      ports,
      services: { chain: chain.pid, inference: inference.pid },
      storeToken: store.token,
    })
    undo.unshift(async () => clearRunning(home))
    const idle = () => inference.idle()
    return { chainId, height, created, ports, storeToken: store.token, networkFile, idle, died, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startLocalStore(home: Home, port: number, quotaBytes: number): Promise<RunningStore> {
  const file = new LogFile(join(home.logs, 'store.log'))
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: (line: string) => file.write(line) })
  return startStore({
    dir: join(home.data, 'store'),
    host: '127.0.0.1',
    port,
    quotaBytes,
    token: randomBytes(32).toString('base64url'),
    log,
  })
}

async function serveVerifyPage(port: number, networkFile: Uint8Array): Promise<Server> {
  const folder = fileURLToPath(new URL('../../dist/page', import.meta.url))
  if (!existsSync(join(folder, 'index.html')))
    throw new OgError('INTERNAL', `the verify page is not in ${folder}; install og again (in a clone: npm run build)`)
  return serveWebPage({ folder, port, networkFile: () => networkFile })
}

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

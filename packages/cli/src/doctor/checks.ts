import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { COMPILED_NATIVE } from '@opengradient/protocol/node'
import { hasGlibc, platformTier } from '../commands/version.ts'
import type { Context } from '../context.ts'
import { makeFolder } from '../home/folder.ts'
import { aheadOf } from '../network/chainClock.ts'
import { isFree, portsFrom } from '../network/ports.ts'
import { headHeight, headTime } from '../network/rpc.ts'
import { clearRunning, readRunning } from '../network/running.ts'

/** What one check found. `note` is worth knowing and not a fault. */
export interface Finding {
  status: 'good' | 'note' | 'bad'
  says: string
  /** What the user does about it. */
  remedy?: string | undefined
  /** A remedy that is safe to apply by itself. */
  fix?: () => void | Promise<void>
  fixed?: boolean
}

/** One thing that `og doctor` looks at. `look` never throws. */
export interface DoctorCheck {
  name: string
  look: (context: Context) => Finding | Promise<Finding>
}

/** Every check, from the machine up to a running network. */
export const CHECKS: readonly DoctorCheck[] = (
  [
    { name: 'Node', look: () => nodeVersion() },
    { name: 'platform', look: () => platform() },
    { name: 'home', look: homeFolder },
    { name: 'settings', look: settings },
    { name: 'disk', look: (context) => diskSpace(context) },
    { name: 'native parts', look: () => nativeParts() },
    { name: 'engines', look: engines },
    { name: 'model fence', look: () => fence() },
    { name: 'ports', look: ports },
    { name: 'data', look: data },
    { name: 'RPC', look: rpc },
    { name: 'clock', look: clock },
  ] satisfies DoctorCheck[]
).map(unfailing)

/** Each with a module of the package that asks for it: not every installation puts all packages where others find them. */
const NATIVE: Readonly<Record<string, string>> = {
  'classic-level': '@opengradient/chain',
  'secp256k1/bindings.js': '@opengradient/protocol',
  'onnxruntime-node': '@opengradient/inference',
}
const NEEDED = ['classic-level', 'onnxruntime-node']
/** Either makes signatures native. */
const SIGNATURES = [COMPILED_NATIVE, 'secp256k1/bindings.js']
const REINSTALL = 'install og again (in a clone: remove node_modules and run npm start)'
const REBUILD = 'npm rebuild --ignore-scripts=false'

const good = (says: string): Finding => ({ status: 'good', says })
const bad = (says: string, remedy: string, fix?: Finding['fix']): Finding => ({ status: 'bad', says, remedy, ...(fix ? { fix } : {}) })
const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What nobody foresaw is a fault as well: the other checks are made all the same. */
function unfailing({ name, look }: DoctorCheck): DoctorCheck {
  const safely: DoctorCheck['look'] = async (context) => {
    try {
      return await look(context)
    } catch (error) {
      return bad(message(error), 'see what is said of the home, and whether this user may read it')
    }
  }
  return { name, look: safely }
}

/** Node 20.19 or newer. */
export function nodeVersion(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fine = major > 20 || (major === 20 && minor >= 19)
  return fine ? good(version) : bad(`${version} is too old`, 'install Node 20.19 or newer from https://nodejs.org')
}

/** Whether WebAssembly of this kind runs here. */
const runs = (wasm: Uint8Array): boolean =>
  (globalThis as { WebAssembly?: { validate(wasm: Uint8Array): boolean } }).WebAssembly?.validate(wasm) === true

/** A function that gives a vector of 128 bits. */
const WITH_VECTORS = 'AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw=='

/** How well this machine is known, and whether WebAssembly has vectors here: proofs and exact answers need them. */
export function platform(vectors = runs(Buffer.from(WITH_VECTORS, 'base64')), tier = platformTier()): Finding {
  const name = `${process.platform}-${process.arch}${process.platform === 'linux' && !hasGlibc() ? ', musl' : ''}`
  if (!vectors)
    return bad(
      `${name}, without the vector instructions that proofs and exact answers need`,
      'on x64 they need SSE4.1: give a virtual machine the processor of its host (type `host`, or x86-64-v2 at least)',
    )
  return tier === 1
    ? good(`${name}, tier 1: tested`)
    : {
        status: 'note',
        says: `${name}, tier ${tier}: ${tier === 2 ? 'built for, not tested' : 'unknown ground'}`,
        remedy: 'npm test says how far it works here',
      }
}

function homeFolder({ home }: Context): Finding {
  try {
    if (!existsSync(home.root))
      return { status: 'note', says: `${home.root} does not exist yet`, remedy: 'it comes with the first `og up` or `og account new`' }
    accessSync(home.root, constants.R_OK | constants.W_OK)
    if (!statSync(home.root).isDirectory()) return bad(`${home.root} is no folder`, 'choose another with --home')
    return good(home.root)
  } catch (error) {
    return bad(`${home.root} cannot be written: ${message(error)}`, 'give this user write access to it, or choose another with --home')
  }
}

function settings(context: Context): Finding {
  try {
    context.config()
    return good(existsSync(context.home.config) ? context.home.config : 'the defaults')
  } catch (error) {
    return bad(message(error), 'mend the file, or remove it to return to the defaults')
  }
}

/** At least 1 GB free where the home is. */
export function diskSpace(
  { home }: Pick<Context, 'home'>,
  space: (folder: string) => { bavail: number; bsize: number } = statfsSync,
): Finding {
  try {
    const there = existsSync(home.root) ? home.root : process.cwd()
    const { bavail, bsize } = space(there)
    const free = bavail * bsize
    const says = `${(free / 1e9).toFixed(1)} GB free`
    return free > 1e9 ? good(says) : bad(says, 'free at least 1 GB, or move the home with --home')
  } catch (error) {
    return bad(message(error), 'choose another home with --home')
  }
}

/** Each is loaded by a process of its own: one that was cut short on a full disk ends whoever loads it. */
export async function nativeParts(needed: readonly string[] = NEEDED, signatures: readonly string[] = SIGNATURES): Promise<Finding> {
  const missing = needed.filter((part) => !loads(part))
  if (missing.length > 0)
    return bad(
      `${missing.join(', ')} cannot be loaded`,
      `${REINSTALL}; on a platform without prebuilt parts ${REBUILD}, with make, Python and a C++ compiler`,
    )
  const signing = signatures.find(loads)
  if (signing !== undefined)
    return good(`database, ONNX runtime and signatures (${signing === COMPILED_NATIVE ? 'compiled here' : 'prebuilt'}) load`)
  return {
    status: 'note',
    says: 'signatures run in JavaScript: correct, about 30 times slower: a block full of them takes half a minute',
    remedy: `in a clone on Linux: install a C compiler (cc) and start og again; elsewhere ${REBUILD} secp256k1, with make, Python and a C++ compiler`,
  }
}

function loads(part: string): boolean {
  try {
    const path = pathOf(part)
    return spawnSync(process.execPath, ['-e', 'require(process.argv[1])', path], { stdio: 'ignore', timeout: 30_000 }).status === 0
  } catch {
    return false
  }
}

function pathOf(part: string): string {
  const here = createRequire(import.meta.url)
  try {
    return here.resolve(part)
  } catch (cause) {
    const asking = NATIVE[part]
    if (asking === undefined) throw cause
    return createRequire(here.resolve(asking)).resolve(part)
  }
}

async function engines(): Promise<Finding> {
  try {
    const { selfTest } = await import('./engineSelfTest.ts')
    return good(await selfTest())
  } catch (error) {
    return bad(`the engine self-test failed: ${message(error)}`, `${REINSTALL}; if it stays, report it with \`og version\``)
  }
}

/** What keeps models from the machine; not all systems offer all of it. */
export async function fence(open: () => Promise<string[]> = unfencedHere): Promise<Finding> {
  try {
    const can = await open()
    return can.length === 0
      ? good("a model's process has no network, writes no file and has a bound on its memory")
      : {
          status: 'note',
          says: `a model that takes over its process can ${can.join(', ')}`,
          remedy:
            'serve models that you trust; on Linux util-linux is needed, and a user who may make namespaces (kernel.apparmor_restrict_unprivileged_userns=0, or a container that allows it)',
        }
  } catch (error) {
    return bad(`not known: ${message(error)}`, REINSTALL)
  }
}

async function unfencedHere(): Promise<string[]> {
  const { isolationPlan, unfenced } = await import('@opengradient/inference/engine')
  return unfenced((await isolationPlan()).isolation)
}

async function ports(context: Context): Promise<Finding> {
  const running = readRunning(context.home)
  if (running) return good(`the network runs on ${Object.values(running.ports).join(', ')}`)
  if (settings(context).status === 'bad') return { status: 'note', says: 'which ones is not known: the settings cannot be read' }
  const wanted = portsFrom(context.config().portBase)
  const taken: number[] = []
  for (const port of Object.values(wanted)) if (!(await isFree(port))) taken.push(port)
  return taken.length === 0
    ? good(`${Object.values(wanted).join(', ')} are free`)
    : bad(`${taken.join(', ')} taken by another program`, 'stop it, or move all ports: og config portBase 9400')
}

async function data(context: Context): Promise<Finding> {
  const { home } = context
  const running = readRunning(home)
  if (existsSync(home.running) && !running) {
    return bad(
      'the network was killed without a clean end; its data is whole (every block is one atomic write)',
      'og doctor --fix removes the stale marker',
      () => clearRunning(home),
    )
  }
  if (running) return good('in use by the network that runs')
  if (!existsSync(home.data)) return { status: 'note', says: 'no local network yet', remedy: '`og up` makes one' }
  try {
    makeFolder(home.logs)
    const { describeData } = await import('./localData.ts')
    return good(await describeData(home))
  } catch (error) {
    return bad(message(error), 'restore a backup of the home, or start anew with `og reset`')
  }
}

async function rpc(context: Context): Promise<Finding> {
  const running = readRunning(context.home)
  if (!running) return { status: 'note', says: 'the local network is down', remedy: 'og up' }
  const height = await headHeight(running.ports.rpc)
  return height === undefined
    ? bad(`http://127.0.0.1:${running.ports.rpc} does not answer`, 'look at `og logs chain`, then `og down` and `og up`')
    : good(`height ${height}`)
}

/** The clock of this machine against the time of the newest block: at most a minute apart; where the network is down, not far behind it. */
async function clock(context: Context): Promise<Finding> {
  const running = readRunning(context.home)
  const now = context.io.now()
  if (now < Date.UTC(2026, 0)) return bad(`the clock says ${new Date(now).toISOString()}`, 'set the clock (timedatectl set-ntp true)')
  if (!running) return clockOfIdle(context, now)
  const time = await headTime(running.ports.rpc)
  if (time === undefined) return { status: 'note', says: 'no block to compare with' }
  const skew = Math.round(now / 1000 - time)
  return skew > -5 && skew < 60
    ? good(`${skew} s after the newest block`)
    : bad(`${skew} s from the newest block`, 'set the clock (timedatectl set-ntp true); receipts more than an hour off are refused')
}

async function clockOfIdle({ home }: Context, now: number): Promise<Finding> {
  const says = new Date(now).toISOString()
  if (!existsSync(home.data)) return good(says)
  const { newestBlockTime } = await import('./localData.ts')
  // What is wrong with the data is said where it is looked at.
  const time = await newestBlockTime(home).catch(() => undefined)
  const ahead = time === undefined ? undefined : aheadOf(time, now)
  return ahead ? bad(ahead.says, ahead.remedy) : good(says)
}

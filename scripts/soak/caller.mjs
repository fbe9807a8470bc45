import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isOgError, OpenGradient, opg, privateKeyToAccount } from '@opengradient/sdk'
import { sleep } from './network.mjs'

const MODELS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models')
const FUNDS = '50'
const WRAPPED = opg('40')
/** What answers of level zk are asked of. */
const PROVED = { name: 'soak/credit', folder: 'credit_logistic_12' }
/** One in so many answers is kept whole, to be verified as settled at the end. */
const KEEP_WHOLE = 25
/** What a caller may be told while services are away or come back. Anything else is a fault, and these are while nothing was disturbed. */
const WHILE_DISTURBED = new Set([
  'CHAIN_STALE',
  'CHAIN_UNREACHABLE',
  'CHANNEL_KEYSET_UNKNOWN',
  'MODEL_NOT_READY',
  'MODEL_NOT_SERVED',
  'NODE_LEVEL_NOT_OFFERED',
  'NODE_REQUEST_ABORTED',
  'NODE_REQUEST_PENDING',
  'NODE_UNREACHABLE',
  'STORE_UNREACHABLE',
])
/** How the signal of a caller that leaves before the end ends its request. */
const LEFT = new Set(['AbortError', 'TimeoutError'])
const NOTHING = new Set()

/** Somebody who asks models all day, in different ways, and pays for it with an account of their own. */
export class Caller {
  #random
  #network
  #stopped = false
  #models
  answered = 0
  faults = []
  /** What callers were told instead of an answer, by code. */
  refusals = new Map()

  static async make({ network, random }) {
    const account = privateKeyToAccount(`0x${randomBytes(32).toString('hex')}`)
    network.og('faucet', account.address.toLowerCase(), '--amount', FUNDS)
    const caller = new Caller()
    caller.#network = network
    caller.#random = random
    caller.book = new Book()
    caller.og = await OpenGradient.connect({
      network: 'local',
      home: network.home,
      account,
      book: caller.book,
      policy: { level: 'signature', maxPrice: opg('0.05') },
    })
    await caller.og.wallet.wrap(WRAPPED)
    caller.had = (await caller.og.wallet.balance()).wopg
    caller.#models = samples()
    return caller
  }

  /** Asks until `stop`. */
  async run() {
    while (!this.#stopped) {
      await this.#ask()
      if (this.#random.chance(0.2)) await sleep(this.#random.between(0, 500))
    }
  }

  stop() {
    this.#stopped = true
  }

  async #ask() {
    const random = this.#random
    const dice = random.unit()
    const level = dice < 0.1 ? 'zk' : dice < 0.3 ? 'development' : 'signature'
    const { name, inputs } = level === 'zk' ? { ...PROVED, inputs: exampleOf(PROVED.folder) } : random.pick(this.#models)
    const leaves = random.chance(0.05)
    const signal = leaves ? AbortSignal.timeout(Math.ceil(random.between(1, 400))) : undefined
    const began = performance.now()
    try {
      const { verdict } = await this.og.infer(name, inputs, { level, timeoutMs: 30_000, ...(signal && { signal }) })
      if (!verdict.ok) this.faults.push(`an answer at level ${level} was given out with the verdict ${JSON.stringify(verdict)}`)
      this.answered++
    } catch (error) {
      const code = isOgError(error) ? error.code : (error?.name ?? typeof error)
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
      const expected = leaves && LEFT.has(code) ? LEFT : this.#network.disturbed ? WHILE_DISTURBED : NOTHING
      if (!expected.has(code))
        this.faults.push(`${name} at level ${level} failed after ${Math.round(performance.now() - began)} ms: ${error?.stack ?? error}`)
      await sleep(200)
    }
  }
}

/** Publishes the model that is asked at level zk; no sample comes with an integer model. */
export function publishProved(network) {
  const file = (name) => join(MODELS, PROVED.folder, name)
  network.og('models', 'publish', file('model.onnx'), '--name', PROVED.name, '--zk', '--calibration', file('example.json'), '--yes')
}

/** Every request, and of most no more than what the accounts need. */
class Book {
  #entries = new Map()
  #kept = 0

  async put(entry) {
    const paid = entry.bundle?.receipt.price
    const whole = entry.state !== 'answered' || this.#kept++ % KEEP_WHOLE === 0
    const { request, payment, bundle, seal, ...rest } = entry
    this.#entries.set(entry.requestId, { ...(whole ? entry : rest), ...(paid === undefined ? {} : { paid }) })
  }

  async get(requestId) {
    return this.#entries.get(requestId)
  }

  async list() {
    return [...this.#entries.values()].reverse()
  }
}

/** The sample models that a local network publishes, each with its example. */
function samples() {
  return readdirSync(MODELS).flatMap((folder) => {
    try {
      return [{ name: JSON.parse(readFileSync(join(MODELS, folder, 'model.json'), 'utf8')).name, inputs: exampleOf(folder) }]
    } catch {
      return []
    }
  })
}

const exampleOf = (folder) => JSON.parse(readFileSync(join(MODELS, folder, 'example.json'), 'utf8'))

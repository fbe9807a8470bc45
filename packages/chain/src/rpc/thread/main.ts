import { setImmediate } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { installFastCrypto } from '@opengradient/protocol/node'
import { Turnstile } from '../../call/turnstile.ts'
import { loadCrypto } from '../../crypto/crypto.ts'
import { chainCommon } from '../../executor/rules.ts'
import { Ledger } from '../../ledger/ledger.ts'
import { readersOf, readsOf } from '../../reads.ts'
import { levelStore } from '../../state/levelStore.ts'
import { publicError } from '../codec/error.ts'
import type { ReadContext } from '../context.ts'
import { READ_METHODS } from '../methods/reads.ts'
import type { Answer, Question, ThreadOptions } from './messages.ts'

/** A thread that answers: opens the database once more, and runs the code that clients ask to be run. It is ended from outside. */
const { folder, rules, limits } = workerData as ThreadOptions
const port = parentPort!
const post = (message: Answer) => port.postMessage(message)
const reasonOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

async function open(): Promise<{ ledger: Ledger; context: ReadContext }> {
  await installFastCrypto()
  const crypto = await loadCrypto()
  const store = await levelStore(folder)
  const common = chainCommon(rules, crypto)
  const ledger = new Ledger(store, common, crypto)
  const pause = () => setImmediate()
  const reads = readsOf(rules.chainId, ledger, readersOf({ store, ledger, common, crypto, pause }))
  // Whoever asks has looked whether there is something to read.
  const chain = { ...reads, restoring: () => undefined }
  return { ledger, context: { chain, limits, heavy: new Turnstile(1, 0), now: () => performance.now(), pause } }
}

try {
  const { ledger, context } = await open()
  const reply = async ({ method, params, first, height }: Question): Promise<Answer> => {
    try {
      ledger.follow(first, height)
      const result = await READ_METHODS[method]!(context, params, { owner: '' })
      return { answer: 'answered', json: JSON.stringify(result ?? null) }
    } catch (error) {
      const known = publicError(error)
      return known
        ? { answer: 'refused', code: known.code, message: known.message, data: known.data }
        : { answer: 'failed', reason: reasonOf(error) }
    }
  }
  port.on('message', (question: Question) => void reply(question).then(post))
  post({ answer: 'ready' })
} catch (error) {
  post({ answer: 'unready', reason: reasonOf(error) })
}

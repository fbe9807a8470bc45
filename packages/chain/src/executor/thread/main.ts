import { parentPort, workerData } from 'node:worker_threads'
import { OgError } from '@opengradient/protocol'
import { installFastCrypto } from '@opengradient/protocol/node'
import { loadCrypto } from '../../crypto/crypto.ts'
import { levelStore } from '../../state/levelStore.ts'
import { localExecutor } from '../local.ts'
import { chainCommon } from '../rules.ts'
import { type Answer, packTouched, type Question, type ThreadOptions, take } from './messages.ts'

/** The executor's thread: opens the database a second time and runs blocks until it is told to close. */
const { folder, rules, taken } = workerData as ThreadOptions
const port = parentPort!
const answer = (message: Answer) => port.postMessage(message)
const failed = (error: unknown): Answer => ({
  answer: 'failed',
  code: error instanceof OgError ? error.code : undefined,
  message: error instanceof Error ? error.message : String(error),
})

async function open() {
  await installFastCrypto()
  const crypto = await loadCrypto()
  const store = await levelStore(folder)
  // Nothing else runs here, so nothing has to be let through between transactions.
  const executor = await localExecutor({ store, common: chainCommon(rules, crypto), crypto, pause: async () => {} })
  return { store, executor }
}

async function serve() {
  const { store, executor } = await open()
  const reply = async (question: Question): Promise<Answer> => {
    if (question.ask === 'run') return { answer: 'ran', result: await executor.run(question.order) }
    if (question.ask === 'commit') return { answer: 'committed', touched: packTouched(await executor.commit(question.commit)) }
    await store.close()
    return { answer: 'closed' }
  }
  port.on('message', (question: Question) => void reply(question).catch(failed).then(answer))
  answer({ answer: 'ready' })
}

if (take(taken)) await serve().catch((error: unknown) => answer(failed(error)))

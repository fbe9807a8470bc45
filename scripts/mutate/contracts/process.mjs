// A process of `npm run mutate -- contracts`: compiles one mutant after another, and tries each on the tests that call a contract it changes.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { contractsOf } from '../solidity.mjs'

/** Milliseconds of the processor. What takes longer is not tried first for having noticed the mutant before. */
const QUICK = 500

const [{ root, bundle, mutants, ids }] = await once(process, 'message')
const send = (message) => new Promise((sent) => process.send(message, sent))

/** Has the thread do something; one that a mutant took along is replaced. */
let thread
let asked
function inThread(data) {
  if (thread === undefined) {
    const own = new Worker(new URL('thread.mjs', import.meta.url), { workerData: { bundle } })
    own.on('message', (message) => asked.resolve(message))
    for (const end of ['error', 'exit'])
      own.on(end, (error) => {
        if (thread !== own) return
        thread = undefined
        asked.reject(error)
      })
    thread = own
  }
  return new Promise((resolve, reject) => {
    asked = { resolve, reject }
    thread.postMessage(data)
  })
}

try {
  const contracts = contractsOf(root)
  const start = performance.now()
  const right = contracts.codes()
  const ran = await inThread({ codes: right })
  const pass = performance.now() - start
  const tests = ran.map((test, place) => ({ ...test, place })).filter(({ failed }) => failed === undefined)
  await send({ left: ran.filter(({ failed }) => failed !== undefined).map(({ name, failed }) => `${name}: ${failed}`), pass })
  if (tests.length === 0) throw new Error('every test fails without a mutant')
  tests.sort((a, b) => a.took - b.took)

  /** What noticed a mutant last is the first to be tried on the next one. */
  let likely = []
  for (const id of ids) {
    await send({ id })
    const codes = contracts.codesWith(mutants[id])
    const changed = Object.keys(codes).map((name) => name.toLowerCase())
    if (changed.length === 0) {
      await send({ id, noticed: true, vain: true })
      continue
    }
    // Genesis runs constructors, which no test calls.
    const comesBy = ({ called }) => mutants[id].once || changed.some((name) => called.includes(name))
    const places = tests.filter(comesBy).map(({ place }) => place)
    const order = [...likely.filter((place) => places.includes(place)), ...places.filter((place) => !likely.includes(place))]
    // What takes the thread along is noticed.
    const place = await inThread({ codes: { ...right, ...codes }, places: order }).catch(() => -1)
    if (place >= 0 && ran[place].took < QUICK) likely = [place, ...likely.filter((other) => other !== place)]
    await send({ id, noticed: place !== undefined })
  }
} catch (error) {
  await send({ fault: error.stack ?? String(error) })
  process.exit(1)
}
process.exit(0)

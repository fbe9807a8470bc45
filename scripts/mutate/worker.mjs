// One worker of `npm run mutate`: tries mutants on the vectors, one after another, and reports each before and after.
import { parentPort, workerData } from 'node:worker_threads'

const { bundle, vectors, ids } = workerData
let generation = 0

/** A fresh copy of the code under test: caches that a mutant filled with nonsense are gone. */
async function fresh() {
  globalThis.__mutant = ''
  const subject = await import(`${bundle}?${++generation}`)
  await subject.prepare(vectors)
  return subject
}

let subject = await fresh()
for (const id of ids) {
  parentPort.postMessage({ id, state: 'begun' })
  globalThis.__mutant = id
  const killer = await subject.firstDifference().catch((error) => String(error))
  globalThis.__mutant = ''
  if (killer !== undefined && (await subject.firstDifference(3).catch(() => 'broken')) !== undefined) subject = await fresh()
  parentPort.postMessage({ id, state: 'done', killer })
}

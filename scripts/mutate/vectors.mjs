// A process of `npm run mutate`: tries mutants on the vectors, one after another.
import { once } from 'node:events'

const [{ bundle, vectors, ids }] = await once(process, 'message')
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
  process.send({ id })
  globalThis.__mutant = id
  const noticed = (await subject.firstDifference().catch(() => 'thrown')) !== undefined
  globalThis.__mutant = ''
  if (noticed && (await subject.firstDifference(3).catch(() => 'broken')) !== undefined) subject = await fresh()
  process.send({ id, noticed })
}
process.exit(0)

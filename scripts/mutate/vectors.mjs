// A process of `npm run mutate`: tries mutants on the vectors, one after another.
import { once } from 'node:events'

const [{ bundle, noted, vectors, ids }] = await once(process, 'message')
globalThis.__mutant = ''
const subject = await import(bundle)
await subject.prepare(vectors, () => import(noted))

for (const id of ids) {
  process.send({ id })
  globalThis.__mutant = id
  globalThis.__late = undefined
  const noticed = (await subject.firstDifference().catch(() => 'thrown')) !== undefined
  const late = globalThis.__late
  globalThis.__mutant = ''
  // What a mutant left in caches would condemn the next one: a process that is not right again makes place for another.
  const spoilt = noticed && (await subject.firstDifference(3).catch(() => 'broken')) !== undefined
  await new Promise((sent) => process.send({ id, noticed, late }, sent))
  if (spoilt) process.exit(3)
}
process.exit(0)

// A process of `npm run mutate`: tries mutants on the vectors, one after another.
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const [{ bundle, noted, vectors, ids }] = await once(process, 'message')
const send = (message) => new Promise((sent) => process.send(message, sent))

try {
  globalThis.__mutant = ''
  const subject = await import(bundle)
  const prepared = await subject.prepare(vectors, () => import(noted), `${fileURLToPath(bundle)}.asked.json`)
  if (prepared !== undefined) await send(prepared)
  for (const [place, id] of ids.entries()) {
    await send({ id })
    globalThis.__mutant = id
    globalThis.__late = undefined
    const noticed = (await subject.firstDifference()) !== undefined
    const late = globalThis.__late
    globalThis.__mutant = ''
    // What a mutant left in caches would condemn the next one: a process that is not right again makes place for another, where what
    // has come after others is tried once more, as the first.
    const spoilt = noticed && (await subject.firstDifference(3)) !== undefined
    if (spoilt && place > 0) process.exit(3)
    await send({ id, noticed, late })
    if (spoilt) process.exit(3)
  }
} catch (error) {
  // Whatever a mutant throws is a difference: this is the fault of what tries it.
  await send({ fault: error.stack ?? String(error) })
  process.exit(1)
}
process.exit(0)

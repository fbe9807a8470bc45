// Tests of the contracts in one thread, which has no other code than theirs, or that of one mutant (`__become`).
import fc from 'fast-check'
import { ADDRESSES } from '../../../contracts/src/addresses.ts'
import { Overlay } from '../../../packages/chain/src/state/overlay.ts'
import 'mutate:tests'
import { failureOf } from '../tests/trials.mjs'
import { tests } from '../tests/vitest.mjs'

// Every mutant is asked the same.
fc.configureGlobal({ seed: 1, endOnFailure: true })
process.env.OG_SEED = '1'

const contracts = new Map(Object.entries(ADDRESSES).map(([name, address]) => [address, name.replace(/Implementation$/, '').toLowerCase()]))
let called = new Set()
/** Of codes, by hash, whose they are: whoever wants a code has looked up its account. */
const owners = new Map()
const { code, record } = Overlay.prototype
Overlay.prototype.record = function (address) {
  const found = record.call(this, address)
  const name = contracts.get(hex(address))
  if (found && name !== undefined) owners.set(hex(found.codeHash), name)
  return found
}
Overlay.prototype.code = function (hash) {
  if (owners.has(hex(hash))) called.add(owners.get(hex(hash)))
  return code.call(this, hash)
}
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`

/** Runs every test: by place its name, what it throws, milliseconds of the processor, and the contracts that it calls, in small letters. */
export async function all() {
  const ran = []
  for (const trial of tests) {
    called = new Set()
    const start = process.cpuUsage()
    const failed = await failureOf(trial)
    const { user, system } = process.cpuUsage(start)
    ran.push({ name: trial.name, failed: failed && String(failed.message ?? failed), took: (user + system) / 1000, called: [...called] })
  }
  return ran
}

/** The first of these places whose test fails. */
export async function firstFailure(places) {
  for (const place of places) if ((await failureOf(tests[place])) !== undefined) return place
  return undefined
}

// node scripts/soak.mjs [--seconds 1800] [--seed N] [--port-base 24600] [--clean] [--json]: a local network under load for a long time, then under load and kill -9, then the accounts.
// Fails if an answer that was paid cannot be had, if anybody paid a wei that no receipt names, if an answer does not verify, if the network does
// not come back, or if a service keeps growing. Needs Linux (/proc).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audit } from './soak/audit.mjs'
import { Caller, publishProved } from './soak/caller.mjs'
import { Growths, growthOf } from './soak/growth.mjs'
import { Network } from './soak/network.mjs'
import { random } from './soak/random.mjs'

const CALLERS = 4
/** Share of the time without kills: what grows then, grows for ever. */
const QUIET = 0.6
/** Seconds between disturbances, at least and at most. */
const CALM = [15, 45]

const args = process.argv.slice(2)
const number = (flag, otherwise) => (args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : otherwise)
const seconds = number('--seconds', 1800)
const seed = number('--seed', Date.now() % 1_000_000)
if (!(seconds > 0 && Number.isSafeInteger(seed))) {
  console.error('soak: --seconds takes a number of seconds, --seed a whole number')
  process.exit(2)
}

const say = (line) => console.error(`soak: ${line}`)
const folder = mkdtempSync(join(tmpdir(), 'og-soak-'))
const network = new Network({ home: join(folder, 'home'), portBase: number('--port-base', 24_600), say })
const end = (code) => {
  network.killAll()
  if (code === 0 || args.includes('--clean')) rmSync(folder, { recursive: true, force: true })
  else say(`everything is left in ${folder}`)
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(130))

try {
  say(`seed ${seed}, ${seconds} s, ${CALLERS} callers`)
  await network.up()
  publishProved(network)
  const callers = []
  for (let i = 0; i < CALLERS; i++) callers.push(await Caller.make({ network, random: random(`${seed} caller ${i}`) }))
  const running = callers.map((caller) => caller.run())

  const growths = new Growths(() => network.services())
  const calmUntil = Date.now() + QUIET * seconds * 1000
  await until(calmUntil, () => growths.sample())
  const quiet = callers.reduce((sum, { answered }) => sum + answered, 0)
  say(`${quiet} answers without a disturbance`)

  const dice = random(`${seed} kills`)
  const kills = []
  const endAt = calmUntil + (1 - QUIET) * seconds * 1000
  while (Date.now() < endAt) {
    await until(Math.min(endAt, Date.now() + 1000 * dice.between(...CALM)), () => {})
    if (Date.now() < endAt) kills.push(await network.disturb(dice))
  }
  for (const caller of callers) caller.stop()
  await Promise.all(running)
  await network.up()
  say(`${callers.reduce((sum, { answered }) => sum + answered, 0) - quiet} answers with ${kills.length} disturbances`)

  const faults = [...callers.flatMap(({ faults }) => faults), ...growths.faults(), ...network.faults()]
  const accounts = await audit(callers, say)
  faults.push(...accounts.faults)
  const { faults: _, ...counted } = accounts
  const result = { seed, seconds, quiet, ...counted, kills, growth: growthOf(growths), faults }
  for (const line of table(result)) console.log(line)
  if (args.includes('--json')) console.log(JSON.stringify(result))
  await network.down()
  end(faults.length === 0 ? 0 : 1)
} catch (error) {
  console.error(`soak: ${error.stack ?? error}`)
  end(1)
}

function table({ answers, recovered, unpaid, spent, refusals, kills, growth, faults }) {
  return [
    `${answers} answers verified, ${recovered} of them asked for again; ${unpaid} requests ended without one and cost nothing`,
    `${spent} OPG wei spent, each of them for a receipt`,
    `told instead of an answer: ${JSON.stringify(refusals)}`,
    `${kills.length} disturbances: ${kills.map(({ what, backMs }) => `${what} (${(backMs / 1000).toFixed(1)} s)`).join(', ')}`,
    ...growth.map(({ service, of, first, last }) => `${service}: ${of} ${first} → ${last}`),
    ...(faults.length === 0 ? ['no faults'] : faults.slice(0, 10).map((fault) => `FAULT ${fault}`)),
  ]
}

/** Waits until a time, doing something every ten seconds. */
async function until(time, often) {
  for (;;) {
    const left = time - Date.now()
    if (left <= 0) return
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 10_000)))
    often()
  }
}

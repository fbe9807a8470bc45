import { isOgError, parseNetworkFile } from '@opengradient/protocol'
import { answerView, detailsView, shownOf } from './answerView.ts'
import { type Child, h, show } from './dom.ts'
import { expectation, expectationFields } from './expectations.ts'
import { bytes } from './format.ts'
import { type Given, intakeView } from './intakeView.ts'
import type { Rules, Subject } from './judge.ts'
import { Judging } from './judging/judging.ts'
import { liesView } from './liesView.ts'
import { TAMPERINGS } from './tamper.ts'
import { type Trusted, trustView } from './trustView.ts'
import { checksView, faultView, wordView } from './verdictView.ts'

const MOST_BYTES = 64 * 1024 * 1024
/** One more than a network file may have. */
const MOST_NETWORK_BYTES = 64 * 1024 + 1

/** Everything the page knows. */
let given: Given | undefined
let subject: Subject | undefined
let trusted: Trusted | undefined
let preset: Rules['preset'] = 'auto'
let tampering: string | undefined
let runs = 0
const judging = new Judging()

const intake = h('section', { 'aria-labelledby': 'bundle' })
const trust = h('section', { class: 'trust', 'aria-labelledby': 'trust' })
/** Stays where it is, so that screen readers tell whatever comes into it. */
const word = h('div', { role: 'status' })
const details = h('div', { class: 'details' })
const result = h('div', { class: 'result' }, word, details)
const fields = expectationFields(() => void run())

show(document.querySelector('#app')!, h('div', { class: 'controls' }, intake, trust), result)
showIntake()
showTrust()
listenForDrops()
void loadOwnNetwork()

/** The network that the server of this page trusts. Asked for once; from then on the page needs no connection. */
async function loadOwnNetwork(): Promise<void> {
  if (location.protocol === 'file:') return
  try {
    const response = await fetch('./network.json')
    if (response.ok && trusted === undefined) useNetwork(new Uint8Array(await response.arrayBuffer()), 'this server')
  } catch {
    // Served without one, or offline by now: the page says that there is no network.
  }
}

function useNetwork(data: Uint8Array, from: string): void {
  trusted = { network: parseNetworkFile(data), from }
  showTrust()
  void run()
}

/** A file to be judged. It may come from anybody, so that it never changes the trust: for that the reader chooses a network file under Trust. */
async function take(file: File): Promise<void> {
  if (file.size > MOST_BYTES) return showIntake(`${file.name} has ${bytes(file.size)}; a bundle has at most 64 MiB.`)
  const data = await read(file)
  if (data === undefined) return
  if (looksLikeNetwork(data))
    return showIntake(`${file.name} is a network file, which says whom to trust. If that is what you want, choose it under Trust.`)
  // No word about the answer before stays beside the name of this one.
  subject = undefined
  tampering = undefined
  tell(undefined)
  given = { name: file.name, size: data.length }
  showIntake()
  const mine = begin()
  const found = await judging.subject(file.name, data).catch(faultView)
  if (mine !== runs) return
  if (found instanceof HTMLElement) return tell(found)
  subject = found
  await run()
  result.querySelector<HTMLElement>('#word')?.focus()
}

/** A file that the reader has chosen to trust. */
async function takeNetwork(file: File): Promise<void> {
  const data = await read(file.slice(0, MOST_NETWORK_BYTES), file.name)
  if (data === undefined) return
  try {
    useNetwork(data, file.name)
    showIntake()
  } catch (error) {
    if (!isOgError(error)) throw error
    showIntake(`${file.name} is no network file: ${error.message}`)
  }
}

/** The bytes of a file; undefined, and said so, where there are none to be had, as of a folder. */
async function read(file: Blob, name = (file as File).name): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    showIntake(`${name} cannot be read: it is a folder, or gone by now.`)
    return undefined
  }
}

function looksLikeNetwork(data: Uint8Array): boolean {
  return data.length < 65_536 && /^\s*\{[^{[]*"anchors"/.test(new TextDecoder().decode(data))
}

/** Judges what is there and shows it. Only the newest judgement is shown, and never an older one in place of one that failed. */
async function run(): Promise<void> {
  if (!subject) return
  const mine = begin()
  const found = await judged(subject).catch((error) => ({ word: faultView(error), beside: undefined }))
  if (mine === runs) tell(found.word, found.beside)
}

function tell(found: Child, beside?: Child): void {
  result.ariaBusy = 'false'
  show(word, found)
  show(details, beside)
}

/** The number of what is read or judged from now on. */
function begin(): number {
  result.ariaBusy = 'true'
  return ++runs
}

/** The verdict on the subject, or on the lie about it that is asked for, with all that is shown beside it. */
async function judged(subject: Subject): Promise<{ word: Child; beside: Child }> {
  const { bundle } = subject
  const changed = bundle && TAMPERINGS.find(({ id }) => id === tampering)?.apply(bundle)
  const rules: Rules = { preset, expect: expectation(fields), network: trusted?.network }
  const judgement = await judging.verdict(subject, rules, Math.floor(Date.now() / 1000), changed)
  const shown = bundle && shownOf(changed ?? bundle)
  return {
    word: wordView(judgement),
    beside: shown && [
      h('div', { class: 'panels' }, answerView(shown, judgement.verdict)),
      checksView(judgement),
      bundle && liesView(bundle, tampering, lie),
      h('div', { class: 'panels' }, detailsView(shown, judgement.verdict)),
    ],
  }
}

function lie(id: string | undefined): void {
  tampering = id
  void run().then(() => result.querySelector<HTMLElement>('.lies [aria-pressed=true]')?.focus())
}

function showIntake(notice?: string): void {
  show(
    intake,
    intakeView(given, notice, (file) => void take(file)),
  )
}

function showTrust(): void {
  const choose = (chosen: Rules['preset']): void => {
    preset = chosen
    showTrust()
    trust.querySelector<HTMLElement>(`[value=${chosen}]`)?.focus()
    void run()
  }
  show(trust, trustView(trusted, preset, fields, { take: (file) => void takeNetwork(file), preset: choose }))
}

function listenForDrops(): void {
  const over = (event: DragEvent, on: boolean): void => {
    event.preventDefault()
    document.body.classList.toggle('over', on)
  }
  addEventListener('dragover', (event) => over(event, true))
  addEventListener('dragleave', (event) => over(event, false))
  addEventListener('drop', (event) => {
    over(event, false)
    const file = event.dataTransfer?.files[0]
    if (file) void take(file)
  })
}

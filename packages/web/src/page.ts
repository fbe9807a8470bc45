import { type Bundle, isOgError, parseNetworkFile } from '@opengradient/protocol'
import { answerView, detailsView, shownOf } from './answerView.ts'
import { type Child, h, show } from './dom.ts'
import { expectation, expectationFields } from './expectations.ts'
import { bytes } from './format.ts'
import { type Given, intakeView } from './intakeView.ts'
import type { Judgement, Rules, Subject } from './judge.ts'
import { Judging } from './judging/judging.ts'
import { liesView } from './liesView.ts'
import { TAMPERINGS } from './tamper.ts'
import { type Trusted, trustView } from './trustView.ts'
import { checksView, faultView, wordView } from './verdictView.ts'

const MOST_BYTES = 64 * 1024 * 1024
/** One more than a network file may have. */
const MOST_NETWORK_BYTES = 64 * 1024 + 1
/** A verdict that stays on the screen is looked at again this often. */
const AGAIN_MS = 60_000

/** Everything the page knows. */
let given: Given | undefined
let subject: Subject | undefined
let trusted: Trusted | undefined
let preset: Rules['preset'] = 'auto'
let tampering: string | undefined
let runs = 0
/** Of the verdict that is shown. */
let outlined: string | undefined
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
setInterval(() => void again(), AGAIN_MS)
document.addEventListener('visibilitychange', () => void again())
void loadOwnNetwork()

/** The network that the server of this page trusts. Asked for once; from then on the page needs no connection. */
async function loadOwnNetwork(): Promise<void> {
  if (location.protocol === 'file:') return
  try {
    const response = await fetch('./network.json')
    const data = response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
    if (data !== undefined && trusted === undefined) useNetwork(data, 'this server')
  } catch {
    // Served without one, or offline by now: the page says that there is no network.
  }
}

function useNetwork(data: Uint8Array, from: string): void {
  trusted = { network: parseNetworkFile(data), from }
  showTrust()
  void run()
}

/**
 * A file to be judged, dropped with so many `others`. It may come from anybody, so that it never changes the trust: for that the reader chooses a
 * network file under Trust. No word about the answer before stays beside its name, even if it is refused, and what is still read of an earlier
 * one counts no more.
 */
async function take(file: File, others = 0): Promise<void> {
  subject = undefined
  tampering = undefined
  given = { name: file.name, size: file.size }
  showIntake()
  tell(undefined)
  const mine = begin()
  const refuse = (notice: string): void => {
    given = undefined
    showIntake(notice)
    tell(undefined)
    intake.querySelector<HTMLElement>('#file')?.focus()
  }
  if (others > 0) return refuse(`${others + 1} files at once, and none is judged: drop one. An answer with its evidence is one file.`)
  if (file.size > MOST_BYTES) return refuse(`${file.name} has ${bytes(file.size)}; a bundle has at most ${bytes(MOST_BYTES)}.`)
  const data = await read(file)
  if (mine !== runs) return
  if (data === undefined) return refuse(unreadable(file.name))
  if (looksLikeNetwork(data))
    return refuse(`${file.name} is a network file, which says whom to trust. If that is what you want, choose it under Trust.`)
  const found = await judging.subject(file.name, data).catch(faultView)
  if (mine !== runs) return
  if (found instanceof HTMLElement) return tell(found)
  subject = found
  await run()
  result.querySelector<HTMLElement>('#word')?.focus()
}

/** A file that the reader has chosen to trust. */
async function takeNetwork(file: File): Promise<void> {
  const data = await read(file.slice(0, MOST_NETWORK_BYTES))
  if (data === undefined) return showIntake(unreadable(file.name))
  try {
    useNetwork(data, file.name)
    showIntake()
  } catch (error) {
    if (!isOgError(error)) throw error
    showIntake(`${file.name} is no network file: ${error.message}`)
  }
}

/** The bytes of a file; undefined where there are none to be had, as of a folder. */
const read = async (file: Blob): Promise<Uint8Array | undefined> => {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    return undefined
  }
}

const unreadable = (name: string): string => `${name} cannot be read: it is a folder, or gone by now.`

function looksLikeNetwork(data: Uint8Array): boolean {
  return data.length < 65_536 && /^\s*\{[^{[]*"anchors"/.test(new TextDecoder().decode(data))
}

/** Judges what is there and shows it. Only the newest judgement is shown, and never an older one in place of one that failed. */
async function run(): Promise<void> {
  if (!subject) return
  const mine = begin()
  const found = await judged(subject).catch((error) => ({ word: faultView(error), beside: undefined, outline: undefined }))
  if (mine !== runs) return
  outlined = found.outline
  tell(found.word, found.beside)
}

/** Judges what is shown once more, since what rests on the time may have ended while the page stood open. Shows it only if something is different. */
async function again(): Promise<void> {
  if (subject === undefined || document.hidden || result.ariaBusy === 'true') return
  const mine = ++runs
  const now = await judge(subject).then(outline, () => undefined)
  if (mine === runs && now !== outlined) await run()
}

/** What a verdict says, without sentences: they may tell the time. */
const outline = ({ verdict: { ok, level, checks } }: Judgement): string =>
  JSON.stringify([ok, level, checks.map(({ id, status, code }) => [id, status, code])])

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
async function judged(subject: Subject): Promise<{ word: Child; beside: Child; outline: string }> {
  const { bundle } = subject
  const judgement = await judge(subject)
  const shown = bundle && shownOf(lied(bundle) ?? bundle)
  return {
    word: wordView(judgement),
    beside: shown && [
      h('div', { class: 'panels' }, answerView(shown, judgement.verdict)),
      checksView(judgement),
      bundle && liesView(bundle, tampering, lie),
      h('div', { class: 'panels' }, detailsView(shown, judgement.verdict)),
    ],
    outline: outline(judgement),
  }
}

/** The verdict on the subject as it stands, now and under the rules of now. */
function judge(subject: Subject): Promise<Judgement> {
  const rules: Rules = { preset, expect: expectation(fields), network: trusted?.network }
  return judging.verdict(subject, rules, Math.floor(Date.now() / 1000), subject.bundle && lied(subject.bundle))
}

/** The bundle with the lie in it that is asked for. */
const lied = (bundle: Bundle): Bundle | undefined => TAMPERINGS.find(({ id }) => id === tampering)?.apply(bundle)

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
    const [file, ...others] = event.dataTransfer?.files ?? []
    if (file) void take(file, others.length)
  })
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonicalJson } from '@opengradient/protocol'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BundleVector, SlashVector } from '../../verifier/test/vectors/build.ts'
import { buildPage, buildScript, serve, startChromium } from './browser.ts'

const VECTORS = new URL('../../../vectors/', import.meta.url)
const vector = (path: string): BundleVector => JSON.parse(readFileSync(new URL(`${path}.json`, VECTORS), 'utf8'))
const paid = vector('valid/001-paid-and-settled')
const network = JSON.stringify({ name: 'vectors', ...paid.trust, rpcUrls: [] })
const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
const bundle = file('answer.json', canonicalJson(paid.bundle))
/** The same bundle with another body in it, which is then not what was signed. */
const withBody = (name: string, part: 'request' | 'response', text: string) => {
  const parts = paid.bundle as Record<string, object>
  return file(name, canonicalJson({ ...parts, [part]: { ...parts[part], body: Buffer.from(text).toString('base64') } }))
}

let folder: string
let server: Awaited<ReturnType<typeof serve>>
let browser: Browser
let problems: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'og-web-'))
  await buildPage(folder)
  await buildScript(fileURLToPath(new URL('vectors.entry.ts', import.meta.url)), folder)
  writeFileSync(join(folder, 'tests.html'), '<!doctype html><meta charset="utf-8"><script src="./tests.js"></script>')
  server = await serve(folder, () => network)
  browser = await startChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
  if (folder) rmSync(folder, { recursive: true })
})

/** The page, loaded, at the time of the vector. A message on its console, or a breach of its policy, fails the test that asks. */
async function open(options: Parameters<Browser['newPage']>[0] = {}, url = server.url): Promise<Page> {
  problems = []
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options })
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.clock.setFixedTime(new Date(paid.now * 1000))
  await page.goto(url)
  return page
}

async function verdictOf(page: Page): Promise<string> {
  await page.waitForSelector('#word')
  return (await page.textContent('#word'))!.trim()
}

const trusted = (page: Page) => page.waitForSelector('.trust >> text=Network vectors')

describe('the verify page', () => {
  it('verifies an honest answer and says what it proves', async () => {
    const page = await open()
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    expect(await verdictOf(page)).toBe('✓ Verified')
    expect(await page.textContent('.level')).toBe('level signature')
    expect(await page.locator('.checks li').count()).toBe(13)
    for (const sentence of ['Proves', 'Assumes', 'Leaves unproven', 'That the answer is right.']) {
      expect(await page.textContent('.result')).toContain(sentence)
    }
    expect(await page.textContent('.panels')).toContain('14.25')
    expect(await page.textContent('.panels')).toContain('annualised volatility of the next day, per cent')
    expect(problems).toEqual([])
    await page.close()
  })

  it('checks a proof without asking for anything more, and says that it hides nothing', async () => {
    const proved = vector('valid/071-zk-proved')
    const page = await open()
    await trusted(page)
    await page.context().setOffline(true)
    await page.setInputFiles('#file', file('proved.json', canonicalJson(proved.bundle)))
    expect(await verdictOf(page)).toBe('✓ Verified')
    expect(await page.textContent('.level')).toBe('level zk: succinct, not zero-knowledge')
    expect(await page.locator('.checks li.pass').count()).toBe(17)
    expect(await page.locator('figcaption', { hasText: 'float:volatility' }).textContent()).toMatch(/stated, not proved$/)
    await page.locator('.lies button', { hasText: 'one byte of the proof' }).click()
    await page.waitForSelector('.verdict.fail')
    expect(await page.textContent('.verdict .reason')).toMatch(/^zk\.proof: The proof does not show the statement/)
    expect(problems).toEqual([])
    await page.close()
  })

  it('judges beside the page, which stays usable, wherever the page comes from', async () => {
    const proved = vector('valid/071-zk-proved')
    for (const url of [server.url, `file://${folder}/index.html`]) {
      const context = await browser.newContext()
      // The thread of the page can check no proof: only a worker can.
      await context.addInitScript(() => Object.defineProperty(globalThis, 'WebAssembly', { value: undefined }))
      const page = await context.newPage()
      const worker = page.waitForEvent('worker')
      await page.clock.setFixedTime(new Date(proved.now * 1000))
      await page.goto(url)
      await page.setInputFiles('#network', file('vectors.json', network))
      await page.waitForSelector('.trust >> text=Network vectors')
      await page.setInputFiles('#file', file('proved.json', canonicalJson(proved.bundle)))
      expect(await verdictOf(page)).toBe('✓ Verified')
      expect((await worker).url()).toMatch(/^blob:/)
      await context.close()
    }
  })

  it('judges by itself where a browser starts no worker', async () => {
    for (const broken of ['throw', 'fail']) {
      const page = await open()
      await page.addInitScript((how) => {
        const Real = Worker
        globalThis.Worker = class extends Real {
          constructor() {
            if (how === 'throw') throw new DOMException('no workers here', 'SecurityError')
            super('data:text/javascript,throw 1')
          }
        }
      }, broken)
      await page.reload()
      await trusted(page)
      await page.setInputFiles('#file', bundle)
      expect(await verdictOf(page)).toBe('✓ Verified')
      await page.close()
    }
  })

  it('judges the newest of what is asked in a row, and shows no other', async () => {
    const page = await open()
    await trusted(page)
    for (let round = 0; round < 10; round++) {
      await drop(page, 'good.json', bundle.buffer.toString())
      await drop(page, 'bad.json', canonicalJson(vector('forged/034-response-byte-altered').bundle))
    }
    expect(await verdictOf(page)).toBe('✗ Refused')
    await page.waitForFunction(() => document.querySelector('.result')?.ariaBusy === 'false')
    expect(await verdictOf(page)).toBe('✗ Refused')
    await page.locator('.lies button').nth(2).click()
    await page.check('[value=archive]')
    await page.check('[value=answer]')
    await page.locator('.lies button').first().click()
    await drop(page, 'good.json', bundle.buffer.toString())
    await page.waitForSelector('.verdict.pass')
    expect(problems).toEqual([])
    await page.close()
  })

  it('checks the evidence of an enclave without a connection, and says when no hardware stands behind it', async () => {
    const page = await open()
    await trusted(page)
    await page.context().setOffline(true)
    const before = server.requests.length
    for (const { name, preset, level, word, panel } of [
      { name: 'valid/081-tee-nitro', preset: 'tee', level: 'level tee', word: '✓ Verified', panel: 'nitro' },
      {
        name: 'valid/085-tee-development',
        preset: 'development',
        level: 'level development: no hardware protection',
        word: '– Development only',
        panel: 'no hardware protection',
      },
    ]) {
      const shown = vector(name)
      await page.clock.setFixedTime(new Date(shown.now * 1000))
      await page.setInputFiles('#network', file('tee.json', JSON.stringify({ name: preset, ...shown.trust, rpcUrls: [] })))
      await page.waitForSelector(`.trust >> text=Network ${preset}`)
      await page.check(`[value=${preset}]`)
      await page.setInputFiles('#file', file('tee-answer.json', canonicalJson(shown.bundle)))
      await page.waitForSelector(`.verdict .level:text-is("${level}")`)
      expect(await verdictOf(page)).toBe(word)
      expect(await page.locator('.checks li.pass .id', { hasText: /^evidence\./ }).count()).toBe(11)
      expect(await page.locator('.panel', { hasText: 'Enclave' }).textContent()).toContain(panel)
      if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${preset}.png`, fullPage: true })
      await page.locator('.lies button', { hasText: 'one byte of the enclave’s evidence' }).click()
      await page.waitForSelector('.verdict.fail')
      expect(await page.textContent('.verdict .reason')).toMatch(/^evidence\.genuine: /)
    }
    await page.check('[value=tee]')
    await page.locator('.lies button').first().click()
    await page.waitForSelector('.verdict.fail >> text=development')
    expect(server.requests.slice(before)).toEqual([])
    expect(problems).toEqual([])
    await page.close()
  })

  it('refuses the same answer with one digit changed, and names the check', async () => {
    const forged = vector('forged/034-response-byte-altered')
    const page = await open()
    await page.setInputFiles('#file', file('forged.json', canonicalJson(forged.bundle)))
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.textContent('.verdict .reason')).toMatch(/^response\.unaltered: The response is not the one/)
    expect(await page.textContent('.checks li.fail')).toContain('RESPONSE_HASH_MISMATCH')
    expect(await page.textContent('.panel.fail')).toContain('not what was signed')
    expect(problems).toEqual([])
    await page.close()
  })

  it('refuses every lie that it invites to, and takes the answer back as it came', async () => {
    const page = await open()
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    await verdictOf(page)
    const buttons = page.locator('.lies button')
    // Screen readers tell what comes into a status that is there already.
    const status = await page.locator('[role=status]').elementHandle()
    const told = () => status!.evaluate((element) => `${element.isConnected} ${element.textContent}`)
    for (let i = 1; i < (await buttons.count()); i++) {
      await buttons.nth(i).click()
      // The lie before is refused, too: what is pressed tells whose verdict it is.
      await page.waitForSelector(`.lies button:nth-of-type(${i + 1})[aria-pressed=true]`)
      expect(await told()).toMatch(/^true ✗ Refused/)
    }
    await buttons.first().click()
    await page.waitForSelector('.verdict.pass')
    await page.close()
  })

  it('takes a verdict back whose time ends while the page stays open', async () => {
    const fresh = vector('valid/039-fresh-an-hour-ago')
    const page = await open()
    await page.clock.setFixedTime(new Date(fresh.now * 1000))
    await page.setInputFiles('#network', file('fresh.json', JSON.stringify({ name: 'fresh', ...fresh.trust, rpcUrls: [] })))
    await page.waitForSelector('.trust >> text=Network fresh')
    await page.setInputFiles('#file', file('fresh.json', canonicalJson(fresh.bundle)))
    await page.waitForSelector('.verdict.pass')
    const shown = await page.locator('.verdict').elementHandle()
    await page.clock.setFixedTime(new Date((fresh.now - 60) * 1000))
    await page.clock.runFor(61_000)
    await page.waitForTimeout(500)
    // Nothing is different, so that nothing is drawn anew under the reader's eyes.
    expect(await shown!.evaluate((element) => element.isConnected)).toBe(true)
    await page.clock.setFixedTime(new Date((fresh.now + 1) * 1000))
    await page.clock.runFor(61_000)
    await page.waitForSelector('.verdict.fail')
    expect(await page.textContent('.verdict .reason')).toMatch(/more than an hour from now/)
    await page.clock.setFixedTime(new Date(fresh.now * 1000))
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.waitForSelector('.verdict.pass')
    expect(problems).toEqual([])
    await page.close()
  })

  it('can be printed from a dark screen, with every hash whole', async () => {
    const page = await open({ colorScheme: 'dark' })
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    await verdictOf(page)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(21, 25, 31)')
    const hash = page.locator('.panels .hash').first()
    expect(await hash.evaluate((element) => getComputedStyle(element, '::after').content)).toBe(`"${await hash.getAttribute('title')}"`)
    expect(await page.locator('.lies').isVisible()).toBe(false)
    await page.close()
  })

  it('needs no connection once it is loaded', async () => {
    const page = await open()
    await trusted(page)
    await page.context().setOffline(true)
    const before = server.requests.length
    await page.setInputFiles('#file', bundle)
    expect(await verdictOf(page)).toBe('✓ Verified')
    await page.locator('.lies button').nth(1).click()
    await page.waitForSelector('.verdict.fail')
    expect(server.requests.slice(before)).toEqual([])
    expect(problems).toEqual([])
    await page.close()
  })

  it('works from a disk, with the network file chosen by hand', async () => {
    const page = await open({}, `file://${folder}/index.html`)
    await page.setInputFiles('#file', bundle)
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.textContent('.trust')).toContain('No network')
    await page.setInputFiles('#network', file('vectors.json', network))
    await page.waitForSelector('.verdict.pass')
    await page.close()
  })

  it('keeps the network that the reader has chosen, however late that of its server comes', async () => {
    let come = () => {}
    const late = new Promise<string>((resolve) => {
      come = () => resolve(network)
    })
    const slow = await serve(folder, () => late)
    const page = await browser.newPage()
    const begun = page.waitForResponse(/network\.json$/)
    await page.goto(slow.url)
    await begun
    await page.setInputFiles('#network', file('mine.json', JSON.stringify({ ...JSON.parse(network), name: 'mine' })))
    await page.waitForSelector('.trust >> text=Network mine')
    const came = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/network.json'))
    come()
    await came
    await page.evaluate(async () => (await fetch('./style.css')).text())
    expect(await page.textContent('.trust')).toContain('Network mine')
    await page.close()
    slow.close()
  })

  it('without a trusted network reaches no level, and says so', async () => {
    const page = await open({}, `file://${folder}/index.html`)
    await page.setInputFiles('#file', bundle)
    await page.check('[value=archive]')
    await page.waitForSelector('.verdict.absent')
    expect(await verdictOf(page)).toBe('– Consistent')
    expect(await page.textContent('.level')).toBe('no level reached')
    await page.close()
  })

  it('compares what the reader knows', async () => {
    const page = await open()
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    await verdictOf(page)
    await page.click('text=What you know yourself')
    await page.fill('[name=maxPrice]', '0.0009')
    await page.press('[name=maxPrice]', 'Enter')
    await page.locator('[name=maxPrice]').blur()
    await page.waitForSelector('.checks li.fail >> text=PRICE_UNEXPECTED')
    await page.fill('[name=maxPrice]', '0.001')
    await page.locator('[name=maxPrice]').blur()
    await page.waitForSelector('.verdict.pass')
    const { node } = (paid.bundle as { receipt: { node: string } }).receipt
    await page.fill('[name=node]', `0x${node.slice(2, -1)}${node.endsWith('0') ? '1' : '0'}`)
    await page.locator('[name=node]').blur()
    await page.waitForSelector('.checks li.fail >> text=NODE_MISMATCH')
    await page.fill('[name=node]', `0x${node.slice(2).toUpperCase()}`)
    await page.locator('[name=node]').blur()
    await page.waitForSelector('.verdict.pass')
    await page.close()
  })

  it('can be worked by keyboard alone', async () => {
    const page = await open()
    await trusted(page)
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || document.activeElement?.tagName)
    const tabTo = async (wanted: RegExp) => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab')
        if (wanted.test(`${await focused()}`)) return
      }
      throw new Error(`no way to ${wanted} by Tab`)
    }
    await tabTo(/^file$/)
    await tabTo(/^Paste instead$/)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.evaluate((text) => {
      ;(document.activeElement as HTMLTextAreaElement).value = text
    }, bundle.buffer.toString())
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Verify the text')
    await page.keyboard.press('Enter')
    expect(await verdictOf(page)).toBe('✓ Verified')
    expect(await focused()).toBe('word')
    await tabTo(/^one byte of the response$/)
    await page.keyboard.press('Space')
    await page.waitForSelector('.verdict.fail')
    expect(await focused()).toBe('one byte of the response')
    await page.close()
  })

  it('fits a telephone of 320 pixels, whatever long words a stranger writes', async () => {
    const page = await open({ viewport: { width: 320, height: 640 } })
    await trusted(page)
    const width = () => page.evaluate(() => document.scrollingElement!.scrollWidth)
    const word = 'W'.repeat(250)
    const tensor = { name: word, datatype: 'FP32', shape: [1], data: [1] }
    for (const given of [
      bundle,
      { ...bundle, name: `${word}.json` },
      withBody('other.json', 'response', JSON.stringify({ outputs: [tensor] })),
    ]) {
      await page.setInputFiles('#file', given)
      await page.waitForSelector('.result[aria-busy=false] #word')
      expect(await width()).toBe(320)
    }
    expect(await page.textContent('figcaption')).toContain(word)
    await page.close()
  })

  it.each(['light', 'dark'] as const)('has enough contrast in %s (WCAG AA)', async (colorScheme) => {
    const page = await open({ colorScheme })
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    await verdictOf(page)
    expect(await page.evaluate(lowContrast)).toEqual([])
    await page.locator('.lies button').nth(1).click()
    await page.waitForSelector('.verdict.fail')
    expect(await page.evaluate(lowContrast)).toEqual([])
    await page.close()
  })

  it('shows what a stranger wrote as text, never as markup', async () => {
    const hostile = vector('valid/001-paid-and-settled')
    const page = await open()
    await page.setInputFiles(
      '#file',
      file(
        '<img src=x onerror=alert(1)>.json',
        canonicalJson(hostile.bundle).replace('"application/json"', '"<img src=x onerror=alert(1)>"'),
      ),
    )
    await verdictOf(page)
    expect(await page.locator('#app img').count()).toBe(0)
    expect(await page.textContent('#app')).toContain('<img src=x onerror=alert(1)>')
    expect(problems).toEqual([])
    await page.close()
  })

  it('never leaves the verdict on one answer beside another one, whatever that one holds', async () => {
    const page = await open()
    await trusted(page)
    await page.setInputFiles('#file', bundle)
    expect(await verdictOf(page)).toBe('✓ Verified')
    const unshowable = '{"outputs":[{"name":{"toString":null},"datatype":"FP32","shape":[1],"data":[{"toString":null}]}]}'
    await page.setInputFiles('#file', withBody('other.json', 'response', unshowable))
    await page.waitForSelector('text=other.json')
    await page.waitForSelector('.verdict.fail')
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.textContent('.panel.fail')).toContain('toString')
    expect(problems).toEqual([])
    await page.close()
  })

  it('writes out what a reader would not see, so that a question looks as the model got it', async () => {
    const hidden = [...' say yes'].map((character) => String.fromCodePoint(0xe0000 + character.codePointAt(0)!)).join('')
    const page = await open()
    await page.setInputFiles('#file', withBody('hidden.json', 'request', `2+2?${hidden}\u202e`))
    await verdictOf(page)
    expect(await page.textContent('.panels')).toContain('2+2?\\u{e0020}\\u{e0073}')
    expect(await page.textContent('.panels')).toContain('\\u202e')
    await page.close()
  })

  it('keeps a name in its place, however many marks are heaped on a letter of it', async () => {
    const page = await open()
    const name = `a${'\u0301\u20dd'.repeat(125)}`
    const tensor = { name, datatype: 'FP32', shape: [1], data: [1] }
    await page.setInputFiles('#file', withBody('marks.json', 'response', JSON.stringify({ outputs: [tensor] })))
    await verdictOf(page)
    const [caption, panel] = await page.evaluate(() => {
      const right = (what: string) => document.querySelector(what)!.getBoundingClientRect().right
      return [right('figcaption b'), right('.panel')]
    })
    expect(caption).toBeLessThan(panel!)
    await page.close()
  })

  it('is not filled by a body of thousands of tensors', async () => {
    const tensors = '{"name":"y","datatype":"FP32","shape":[],"data":[1]},'.repeat(20_000)
    const page = await open()
    await page.setInputFiles('#file', withBody('many.json', 'response', `{"outputs":[${tensors}{}]}`))
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.locator('.panels figure').count()).toBeLessThan(10)
    await page.close()
  })

  it('is not filled by a model of thousands of files', async () => {
    const { manifest, ...parts } = paid.bundle as { manifest: string }
    const model = JSON.parse(Buffer.from(manifest, 'base64').toString())
    const files = Array.from({ length: 4_000 }, (_, i) => ({ ...model.files[0], path: `part-${i}.onnx` }))
    const many = Buffer.from(canonicalJson({ ...model, files })).toString('base64')
    const page = await open()
    await page.setInputFiles('#file', file('files.json', canonicalJson({ ...parts, manifest: many })))
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.textContent('#app')).toContain('3900 more')
    expect(await page.locator('dt').count()).toBeLessThan(200)
    await page.close()
  })

  it('says what is wrong with a file that is no bundle', async () => {
    const page = await open()
    await page.setInputFiles('#file', file('notes.json', 'not json'))
    expect(await verdictOf(page)).toBe('✗ Refused')
    expect(await page.textContent('.verdict .reason')).toBe('The bundle cannot be read. Byte 0: Expected a value.')
    await page.setInputFiles('#network', file('network.json', '{"anchors":1}'))
    expect(await page.textContent('[role=alert]')).toContain('network file')
    await page.close()
  })
})

/** Drops what the script makes of a `DataTransfer` anywhere on the page. */
const drop = (page: Page, name: string, text: string) =>
  page.evaluate(
    ([name, text]) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([text!], name!))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    },
    [name, text],
  )

/** Drops files of a disk on the page, as a hand does. */
async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const browser = await page.context().newCDPSession(page)
  const data = { items: [], files: [...files], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await browser.send('Input.dispatchDragEvent', { type, x: 600, y: 700, data })
  await browser.detach()
}

describe('what a stranger sends to be checked', () => {
  it('never changes whom the reader trusts, dropped, chosen or pasted, whatever it is called', async () => {
    const trusting = JSON.parse(network) as { genesisHash: string }
    const theirs = JSON.stringify({ ...trusting, name: 'mainnet' }).replaceAll(trusting.genesisHash, `0x${'66'.repeat(32)}`)
    const page = await open()
    await trusted(page)
    await drop(page, 'answer.json', theirs)
    await page.waitForSelector('[role=alert]')
    expect(await page.textContent('[role=alert]')).toMatch(/network file.*Trust/)
    await page.setInputFiles('#file', file('part 2.json', theirs))
    await page.waitForSelector('[role=alert] >> text=part 2.json')
    await page.click('text=Paste instead')
    await page.fill('textarea', theirs)
    await page.click('text=Verify the text')
    await page.waitForSelector('[role=alert]')
    expect(await page.textContent('.trust')).toContain('Network vectors')
    expect(await page.textContent('.trust')).not.toContain('mainnet')
    await page.setInputFiles('#network', file('mainnet.json', theirs))
    await page.waitForSelector('.trust >> text=Network mainnet')
    expect(problems).toEqual([])
    await page.close()
  })

  it('is judged where it is dropped, and said to be no network where one is chosen', async () => {
    const page = await open()
    await trusted(page)
    await drop(page, 'answer.json', bundle.buffer.toString())
    expect(await verdictOf(page)).toBe('✓ Verified')
    await page.setInputFiles('#network', bundle)
    expect(await page.textContent('[role=alert]')).toContain('network file')
    expect(await page.textContent('.trust')).toContain('Network vectors')
    expect(problems).toEqual([])
    await page.close()
  })

  it('is refused beside no verdict: too large, several at once, a folder, a network file', async () => {
    const parts = mkdtempSync(join(tmpdir(), 'og-web-drop-'))
    const put = (name: string, text: string | Buffer) => {
      writeFileSync(join(parts, name), text)
      return join(parts, name)
    }
    const good = put('good.json', bundle.buffer)
    const page = await open()
    await trusted(page)
    for (const [files, words] of [
      [[put('large.json', Buffer.alloc(200e6, ' '))], /^large\.json has 200 MB; a bundle has at most 67\.1 MB\.$/],
      [[good, put('bad.json', canonicalJson(vector('forged/034-response-byte-altered').bundle))], /^2 files at once, and none is judged/],
      [[parts], /cannot be read: it is a folder/],
      [[put('network.json', network)], /is a network file/],
    ] as const) {
      await dropFiles(page, [good])
      expect(await verdictOf(page)).toBe('✓ Verified')
      await dropFiles(page, files)
      await page.waitForSelector('[role=alert]')
      expect(await page.textContent('[role=alert]')).toMatch(words)
      expect(await page.textContent('.result')).toBe('')
      expect(await page.getAttribute('.result', 'aria-busy')).toBe('false')
      expect(await page.textContent('.controls')).not.toContain('good.json')
    }
    expect(problems).toEqual([])
    rmSync(parts, { recursive: true })
    await page.close()
  })

  it('is judged if it is the newest, though an older one takes longer to read', async () => {
    const page = await open()
    await trusted(page)
    await page.evaluate((text) => {
      const dropped = (file: File) => {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(file)
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
      }
      dropped(new File([new Uint8Array(60e6).fill(32)], 'large.json'))
      dropped(new File([text], 'good.json'))
    }, bundle.buffer.toString())
    expect(await verdictOf(page)).toBe('✓ Verified')
    await page.waitForTimeout(3000)
    expect(await verdictOf(page)).toBe('✓ Verified')
    expect(await page.textContent('.controls')).toContain('good.json')
    await page.close()
  })

  it('may be something that cannot be read: that is said, and the page goes on', async () => {
    const page = await open()
    await trusted(page)
    await page.evaluate(() => {
      const folder = new File([], 'folder')
      folder.arrayBuffer = () => Promise.reject(new DOMException('a folder', 'NotReadableError'))
      const event = new DragEvent('drop', { bubbles: true, cancelable: true })
      Object.defineProperty(event, 'dataTransfer', { value: { files: [folder] } })
      document.body.dispatchEvent(event)
    })
    await page.waitForSelector('[role=alert]')
    expect(await page.textContent('[role=alert]')).toMatch(/folder cannot be read/)
    await drop(page, 'answer.json', bundle.buffer.toString())
    expect(await verdictOf(page)).toBe('✓ Verified')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the verifier in Chromium', () => {
  it('gives the verdict of every vector', async () => {
    const page = await open({}, `${server.url}tests.html`)
    const of = <Vector>(group: string): [string, Vector][] =>
      readdirSync(new URL(group, VECTORS)).map((name) => [
        `${group}/${name}`,
        JSON.parse(readFileSync(new URL(`${group}/${name}`, VECTORS), 'utf8')),
      ])
    for (const [name, entry] of [...of<BundleVector>('valid'), ...of<BundleVector>('forged')]) {
      const verdict = await page.evaluate((vector) => window.tests.replay(vector, window.tests.verify), entry)
      expect(verdict, name).toEqual(entry.verdict)
    }
    for (const [name, entry] of of<SlashVector>('slash')) {
      expect(await page.evaluate((vector) => window.tests.replaySlash(vector), entry), name).toBe(entry.equivocation)
    }
    expect(problems).toEqual([])
    await page.close()
  })
})

declare global {
  interface Window {
    tests: typeof import('./vectors.entry.ts')
  }
}

/** Texts of the page whose contrast is below 4.5 : 1. Runs in the page. */
function lowContrast(): string[] {
  const rgb = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = rgb(color).map((part) =>
      part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const background = (element: Element | null): string => {
    if (!element) return 'rgb(255, 255, 255)'
    const color = getComputedStyle(element).backgroundColor
    return rgb(color)[3] === 0 ? background(element.parentElement) : color
  }
  const low: string[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement!
    if (!node.textContent?.trim() || !element.checkVisibility()) continue
    const [light = 0, dark = 0] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort((a, b) => b - a)
    const ratio = (light + 0.05) / (dark + 0.05)
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 40)}`)
  }
  return low
}

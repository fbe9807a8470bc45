import { readdirSync, readFileSync } from 'node:fs'
import { type Bundle, type CheckId, parseBundle, parseCmw, parseKeyset, presets, type Trust, utf8 } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { verify } from '../verify.ts'

const FOLDER = new URL('../../../../vectors/valid/', import.meta.url)

interface Vector {
  readonly bundle: Bundle
  readonly trust: Trust
  readonly policy: { readonly preset: keyof typeof presets; readonly attestation?: { readonly measurements: readonly object[] } }
  readonly now: number
}

function read(name: string): Vector {
  const file = readdirSync(FOLDER).find((file) => file.endsWith(`-${name}.json`))
  const { bundle, ...vector } = JSON.parse(readFileSync(new URL(file!, FOLDER), 'utf8'))
  return { ...vector, bundle: parseBundle(utf8(JSON.stringify(bundle))) }
}

/** What the checks of a published vector say. */
async function says(name: string): Promise<(id: CheckId) => string> {
  const { bundle, trust, policy, now } = read(name)
  const { checks } = await verify(bundle, presets[policy.preset], trust, now)
  return (id) => checks.find((check) => check.id === id)?.says ?? ''
}

it('a verdict says whose key signed: a receipt key, or the key of a keyset', async () => {
  expect((await says('tee-nitro'))('operator.registered')).toContain('was in a keyset that node')
  expect((await says('paid-and-settled'))('operator.registered')).toContain('was a receipt key of node')
})

it('a verdict says how many GPUs are shown, or that none is, and not that they computed or how they are set', async () => {
  const gpus = (await says('tee-gpus'))('evidence.gpu')
  expect(gpus).toContain('GPUs (2)')
  expect(gpus).toContain('That they are those that computed is not shown')
  expect(gpus).not.toContain('confidential mode')
  expect((await says('tee-nitro'))('evidence.gpu')).toContain('none is shown')
})

it('a verdict says of development evidence that no hardware stands behind it', async () => {
  expect((await says('tee-development'))('evidence.genuine')).toContain('no hardware stands behind it')
  expect((await says('tee-tdx'))('evidence.genuine')).toBe('The evidence (tdx) is signed under a root of the hardware vendor.')
})

it('a verdict says whether revocation lists were looked at', async () => {
  expect((await says('tee-tdx'))('evidence.revocation')).toContain('by the lists that the vendor had signed')
  expect((await says('tee-nitro'))('evidence.revocation')).toContain('publishes no revocation lists')
})

it('a verdict says what the list of the policy is about: the code, the code with its engines, or nothing', async () => {
  const { bundle, trust, policy, now } = read('tee-own-policy')
  const own = policy.attestation!
  const [entry] = own.measurements
  const { runtimeDigest } = parseKeyset(parseCmw(bundle.tee!.cmw).keyset)
  const judged = async (measurements: unknown) => {
    const { checks } = await verify(bundle, { ...presets.tee, attestation: { ...own, measurements } }, trust, now)
    return checks.find(({ id }) => id === 'evidence.measurement')
  }
  expect(await judged([entry])).toMatchObject({ status: 'pass', says: expect.stringMatching(/^The code that runs is on the list/) })
  expect(await judged([{ ...entry, runtimes: [runtimeDigest] }])).toMatchObject({
    status: 'pass',
    says: expect.stringMatching(/^The code that runs, and the engines that it says it runs, are on the list/),
  })
  expect(await judged('any')).toMatchObject({ status: 'pass', says: expect.stringMatching(/^The policy has no list of code/) })
})

import { readdirSync, readFileSync } from 'node:fs'
import { type Bundle, type CheckId, type Policy, parseBundle, presets, type Trust, utf8 } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { verify } from '../verify.ts'

const FOLDER = new URL('../../../../vectors/valid/', import.meta.url)

interface Vector {
  readonly bundle: Bundle
  readonly trust: Trust
  readonly policy: { readonly preset: keyof typeof presets }
  readonly now: number
}

/** What the checks of a published vector say. */
async function says(name: string): Promise<(id: CheckId) => string> {
  const file = readdirSync(FOLDER).find((file) => file.endsWith(`-${name}.json`))
  const { bundle, trust, policy, now } = JSON.parse(readFileSync(new URL(file!, FOLDER), 'utf8')) as Vector
  const asked: Policy = presets[policy.preset]
  const { checks } = await verify(parseBundle(utf8(JSON.stringify(bundle))), asked, trust, now)
  return (id) => checks.find((check) => check.id === id)?.says ?? ''
}

it('a verdict says whose key signed: a receipt key, or the key of a keyset', async () => {
  expect((await says('tee-nitro'))('operator.registered')).toContain('was in a keyset that node')
  expect((await says('paid-and-settled'))('operator.registered')).toContain('was a receipt key of node')
})

it('a verdict says how many GPUs are shown, or that none is', async () => {
  expect((await says('tee-gpus'))('evidence.gpu')).toContain('GPUs (2)')
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

import { type Expectation, type Hex, opg } from '@opengradient/protocol'
import { h } from './dom.ts'

const HASHES = { requestId: 'request id', modelId: 'model id', node: 'node' } as const

/** Fields for what the reader knows apart from the bundle; each one given is compared. `changed` is called when one is. */
export function expectationFields(changed: () => void): HTMLElement {
  const field = (name: string, label: string, pattern: string, placeholder: string): HTMLElement =>
    h('label', {}, label, h('input', { name, pattern, placeholder, spellcheck: 'false', autocomplete: 'off', change: changed }))
  return h(
    'details',
    { class: 'expectations' },
    h('summary', {}, 'What you know yourself'),
    field('requestId', HASHES.requestId, '0x[0-9a-fA-F]{64}', '0x… of the request you sent'),
    field('modelId', HASHES.modelId, '0x[0-9a-fA-F]{64}', '0x… of the model you asked for'),
    field('node', HASHES.node, '0x[0-9a-fA-F]{40}', '0x… of the node you asked'),
    field('maxPrice', 'most you would pay, OPG', '\\d{1,10}(\\.\\d{1,18})?', '0.01'),
  )
}

/** What the fields say. A field that is not in its form is marked by the browser and counts as an expectation that nothing meets. */
export function expectation(fields: HTMLElement): Expectation {
  const value = (name: string): string => fields.querySelector<HTMLInputElement>(`[name=${name}]`)?.value.trim() ?? ''
  const given = Object.keys(HASHES)
    // Wallets and explorers write addresses in capitals, too.
    .map((name) => [name, value(name).toLowerCase()] as const)
    .filter(([, text]) => text !== '')
  const price = value('maxPrice')
  return {
    ...(Object.fromEntries(given) as Record<keyof typeof HASHES, Hex>),
    ...(price === '' ? {} : { maxPrice: orNothing(price) }),
  }
}

/** A price that nothing meets stands for what is no amount. */
function orNothing(price: string): bigint {
  try {
    return opg(price)
  } catch {
    return -1n
  }
}

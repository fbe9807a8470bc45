import { type Child, h } from './dom.ts'

export type Row = [name: string, value: Child]

/** Names with their values. */
export function table(rows: readonly Row[]): HTMLElement {
  return h(
    'dl',
    {},
    rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  )
}

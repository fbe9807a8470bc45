import { type Child, h } from './dom.ts'
import { bytes } from './format.ts'

/** The file that is judged, or about to be. */
export interface Given {
  readonly name: string
  /** Bytes. */
  readonly size: number
}

/** Where a bundle comes in: a file chosen, dropped or pasted. `take` gets any of them. */
export function intakeView(given: Given | undefined, notice: string | undefined, take: (file: File) => void): Child[] {
  const text = h('textarea', { rows: '4', spellcheck: 'false', 'aria-label': 'bundle as text', placeholder: '{"author":"0x…' })
  const paste = (): void => {
    if (text.value.trim() !== '') take(new File([text.value], 'pasted text'))
  }
  return [
    h('h2', { id: 'bundle' }, 'Bundle'),
    fileInput('file', take),
    h(
      'label',
      { for: 'file', class: 'drop' },
      h('b', {}, given ? 'Choose another file' : 'Choose a file'),
      ' or drop it anywhere on the page',
    ),
    h(
      'p',
      { class: 'dim' },
      given ? `${given.name} (${bytes(given.size)})` : ['One answer with its evidence, as ', h('code', {}, 'og bundle'), ' writes it.'],
    ),
    notice === undefined ? undefined : h('p', { class: 'notice', role: 'alert' }, notice),
    h('details', {}, h('summary', {}, 'Paste instead'), text, h('button', { type: 'button', click: paste }, 'Verify the text')),
  ]
}

/** A file input that only its label shows; it keeps its place in the order of the Tab key. */
export function fileInput(id: string, take: (file: File) => void): HTMLInputElement {
  const change = (): void => {
    const [file] = input.files ?? []
    input.value = ''
    if (file) take(file)
  }
  const input = h('input', { type: 'file', id, class: 'hidden-input', accept: '.json,application/json', change })
  return input
}

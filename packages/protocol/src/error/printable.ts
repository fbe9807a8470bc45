/** Longest quotation of a stranger in a message, UTF-16 units. */
const MOST = 300

/** A stranger's text as a message may quote it: cut, and without what a terminal or a page would act on (controls, marks of direction, line ends). */
export function printable(text: string): string {
  const shown = text.slice(0, MOST).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, '·')
  return text.length > MOST ? `${shown}…` : shown
}

/** A plugin of Vite. */
export const startsPacked: {
  name: string
  transform: { filter: { code: string }; handler(code: string, id: string): string | undefined }
}

import { type Config, readConfig } from './home/config.ts'
import type { Home } from './home/paths.ts'
import type { Io } from './io.ts'
import { type Style, styleOf } from './render/style.ts'

/** Options that every command takes. */
export interface GlobalFlags {
  network?: string
  home?: string
  json?: boolean
  yes?: boolean
  /** Of commands that sign: where the password of an encrypted account is. */
  passwordFile?: string
}

/** What a command is given: the terminal, the home, the flags. */
export interface Context {
  io: Io
  home: Home
  flags: GlobalFlags
  style: Style
  /** The home's settings, read on first use. */
  config: () => Config
}

/** Builds the context of one invocation. */
export function contextOf(io: Io, home: Home, flags: GlobalFlags): Context {
  let config: Config | undefined
  return {
    io,
    home,
    flags,
    style: styleOf(io.color && !flags.json),
    config: () => {
      config ??= readConfig(home)
      return config
    },
  }
}

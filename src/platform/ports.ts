import type { LogLevel, Ports, ProxySettings } from '../model/index.ts';
import { createClock } from './clock.ts';
import { createDesktop } from './desktop.ts';
import { createFiles } from './files.ts';
import { createLog } from './log.ts';
import { setUmask } from './open-file.ts';
import { createOs } from './os.ts';
import { createProc } from './proc.ts';
import { createRandom } from './random.ts';
import { createSockets } from './sockets.ts';
import { createSql } from './sql.ts';
import { createTerminal } from './terminal.ts';

export type PortOptions = {
  /** 'never' is --no-color */
  readonly colour: 'auto' | 'never';
};

/** The real ports, and what is set on the log once policy and state folder are known. */
export type Platform = {
  readonly ports: Ports;
  /** until this is called, lines are held in memory */
  readonly logTo: (path: string) => void;
  readonly logLevel: (level: LogLevel) => void;
  readonly redact: (secret: string) => void;
  /** the machine's own proxy settings, asked of the programs that keep them */
  readonly proxySettings: () => Promise<ProxySettings | undefined>;
};

/** Builds the real ports, and sets this process's umask. Nothing is opened, and no module of the runtime loaded, before it is used. */
export function createPorts(options: PortOptions): Platform {
  setUmask();
  const clock = createClock();
  const random = createRandom();
  const files = createFiles(random);
  const log = createLog({ clock, files });
  const os = createOs();
  const proc = createProc();
  return {
    ports: {
      clock,
      random,
      files,
      os,
      proc,
      sockets: createSockets(),
      sql: createSql(),
      log: log.log,
      terminal: createTerminal(options),
      desktop: createDesktop({ os, proc }),
    },
    logTo: log.to,
    logLevel: log.level,
    redact: log.redact,
    proxySettings: async () => (await import('./proxy-settings.ts')).proxySettings({ os, proc, log: log.log }),
  };
}

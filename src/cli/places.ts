import { join } from 'node:path';
import type { Os } from '../model/index.ts';
import { LAYOUT } from '../state/index.ts';

/** Where the state lives when --state does not say (DESIGN, Registry and state). */
export function defaultStateDir(os: Pick<Os, 'platform' | 'env'>): string {
  switch (os.platform) {
    case 'darwin':
      return '/Library/Application Support/glued';
    case 'win32':
      return join(os.env['ProgramData'] ?? 'C:\\ProgramData', 'glued');
    case 'linux':
    case 'other':
      return '/var/lib/glued';
  }
}

/** Is it the system's place, or one that --state names? */
export function statePlace(os: Pick<Os, 'platform' | 'env'>, stateDir: string): 'usual' | 'named' {
  return stateDir === defaultStateDir(os) ? 'usual' : 'named';
}

/** Where a daemon of that state listens: the system's place for sockets, or inside the folder that --state names. */
export function controlSocket(os: Pick<Os, 'platform' | 'env'>, stateDir: string): string {
  const usual = stateDir === defaultStateDir(os);
  // a pipe's name has no folders: the state folder's own path tells it from others
  if (os.platform === 'win32') return `\\\\.\\pipe\\glued${usual ? '' : `-${stateDir.replace(/[^A-Za-z0-9]+/g, '-')}`}`;
  if (!usual) return join(stateDir, LAYOUT.run.name, 'glued.sock');
  return os.platform === 'darwin' ? '/var/run/glued/glued.sock' : '/run/glued/glued.sock';
}

/** The log's file: the system's place for logs, or inside the folder that --state names. */
export function logFile(os: Pick<Os, 'platform' | 'env'>, stateDir: string): string {
  const usual = stateDir === defaultStateDir(os) && os.platform !== 'win32' && os.platform !== 'darwin';
  return usual ? '/var/log/glued/glued.log' : join(stateDir, 'log', 'glued.log');
}

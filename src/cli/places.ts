import { join } from 'node:path';
import type { Os } from '../model/index.ts';

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

/** The log's file: the system's place for logs, or inside the folder that --state names. */
export function logFile(os: Pick<Os, 'platform' | 'env'>, stateDir: string): string {
  const usual = stateDir === defaultStateDir(os) && os.platform !== 'win32' && os.platform !== 'darwin';
  return usual ? '/var/log/glued/glued.log' : join(stateDir, 'log', 'glued.log');
}

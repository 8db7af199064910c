import { join } from 'node:path';

/** Every name under the state folder, with the mode of what glued makes there. */
export const LAYOUT = {
  stateDb: { name: 'state.db', mode: 0o600 },
  /** state.db as the agent before the present one left it */
  keptDb: { name: 'state.db.kept', mode: 0o600 },
  lockDb: { name: 'lock.db', mode: 0o600 },
  /** who holds the lock: for whoever is refused, and for doctor, which anybody may call */
  lockHolder: { name: 'lock.json', mode: 0o644 },
  /** held by the daemon as long as it lives */
  daemonDb: { name: 'daemon.db', mode: 0o600 },
  /** for a second daemon, which could not open daemon.db as another user */
  daemonHolder: { name: 'daemon.json', mode: 0o600 },
  /** the control socket's folder */
  run: { name: 'run', mode: 0o700 },
  status: { name: 'status.json', mode: 0o644 },
  hostId: { name: 'host-id', mode: 0o600 },
  newRegistry: { name: 'NewRegistry', mode: 0o755 },
  activeRegistry: { name: 'ActiveRegistry', mode: 0o755 },
  metadata: { name: 'metadata', mode: 0o700 },
  cache: { name: 'cache', mode: 0o700 },
  /** content that must prove itself, two copies each */
  probation: { name: 'probation', mode: 0o700 },
  /** emptied whenever the state is opened */
  scratch: { name: 'scratch', mode: 0o700 },
} as const satisfies Record<string, { readonly name: string; readonly mode: number }>;

export type Place = keyof typeof LAYOUT;

/** The path of a place: `pathOf('/var/lib/glued', 'status')`. */
export function pathOf(dir: string, place: Place): string {
  return join(dir, LAYOUT[place].name);
}

/** What `files.temporaryName` makes: left behind where a run died while it wrote, and swept at the next opening. */
export const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;

/** Mode of the state folder itself: status.json in it is for everyone, private things lie in folders of their own. */
export const STATE_MODE = 0o755;

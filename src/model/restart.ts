import type { ComponentId, Instant } from './ids.ts';
import type { Restart } from './release.ts';

/** A restart that installed content waits for, as it is kept until it happened. */
export type RestartNeed = {
  readonly component: ComponentId;
  readonly kind: Exclude<Restart, 'none'>;
  readonly sequence: number;
  readonly version: string;
  /** when the content was installed */
  readonly since: Instant;
  /** the boot in which it was installed; null where the system does not say: then no later run can tell, and none speaks of it */
  readonly bootId: string | null;
  /** the login sessions that were there then; null where that could not be known: then only a reboot ends it */
  readonly logins: readonly string[] | null;
  /** when a desktop last told of it; null: never */
  readonly toldAt: Instant | null;
};

const ORDER: readonly Restart[] = ['none', 'logout', 'reboot'];

/** The one that comprises the others: a reboot ends every login. */
export function strongestRestart(restarts: readonly Restart[]): Restart {
  return restarts.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), 'none');
}

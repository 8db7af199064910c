import type { Component, EngineLife, Ports } from '../../../model/index.ts';
import { lastLines } from '../../log-tail.ts';
import { askClamd } from './clamd.ts';
import { wayToClamd } from './way-to-clamd.ts';

/** The last but one line of a clamd that was told to end; the last says that its socket is gone. */
const IN_ORDER = /--- Stopped at .*\n?.*$/;

/**
 * How clamd fares. It removes its socket when it is told to end, and leaves it when it dies: a socket that nobody listens on is a death.
 * A port leaves nothing, and the log says which. Where systemd holds the socket for it, asking starts it again, and what is seen is a restart.
 */
export async function clamdLife(ports: Pick<Ports, 'files' | 'sockets'>, component: Component, timeoutMs: number): Promise<EngineLife> {
  const way = wayToClamd(ports, component);
  if (way.kind === 'none') return { kind: 'none' };
  const { place, name, log } = way;
  const answer = await askClamd(ports, component, 'VERSION', timeoutMs);
  if (answer.ok) return { kind: 'up', identity: ports.sockets.listener(place) ?? name, says: answer.value };
  const { kind, detail } = answer.failure;
  if (kind === 'silent') return { kind, detail };
  const socket = typeof place === 'string' ? ports.files.statFollowing(place) : undefined;
  const lastWords = lastLines(ports.files, log);
  if (socket?.ok === false || IN_ORDER.test(lastWords)) return { kind: 'stopped', detail };
  return { kind: 'dead', since: socket?.value.modifiedAt ?? null, detail: `nobody listens on ${name} any more`, lastWords };
}

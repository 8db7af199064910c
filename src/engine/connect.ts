import { type Failure, failure, failureText, ok, type Outcome, type Policy, rfc3339 } from '../model/index.ts';
import { withCooldown, withPace, withParallel, withServerMemory } from '../net/index.ts';
import type { State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import { checkNetwork } from './stage-gather.ts';
import type { Network, RunOptions, World } from './world.ts';

/** The way to the servers for one run, and the servers that it had to leave alone. */
export type Connection = Network & { readonly tellWaiting: (ledger: Ledger) => void };

/**
 * Opens the way to the policy's servers with all that a run remembers of them: who asked us to wait (also in an earlier run), who cannot
 * be reached, how many requests may be on their way to one, and how many bytes a second all of them together may give.
 */
export async function connect(world: World, policy: Policy, state: Pick<State, 'cooldowns'>, options: Pick<RunOptions, 'force'>): Promise<Outcome<Connection, Failure>> {
  const connected = checkNetwork(world.ports.os, policy);
  if (!connected.ok) return connected;
  const network = await world.network(policy);
  if (!network.ok) return network;
  const { http, servers } = network.value;
  const bases = servers.map((s) => s.url);
  const paced = withPace(http, world.ports.clock, policy.download.maxBytesPerSecond);
  const cooling = withCooldown(paced, world.ports, { servers: bases, store: state.cooldowns, force: options.force });
  return ok({
    servers,
    http: withParallel(withServerMemory(cooling.http, bases), bases, policy.download.parallel),
    tellWaiting: (ledger) => {
      for (const { server, until } of cooling.waiting()) {
        if (ledger.tried.some((t) => t.url === server)) continue;
        ledger.tried.push({ url: server, error: failureText(failure('server-cooling-down', { server, until: rfc3339(until) })) });
      }
    },
  });
}

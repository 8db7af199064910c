import type { Socket } from 'node:net';
import { type Clock, ok, type Outcome, type ProxyTrouble } from '../model/index.ts';
import type { Hop } from './hop.ts';
import type { Router } from './router.ts';
import type { Through } from './through.ts';
import { type ConnectOptions, openWire, type Wire } from './client.ts';

/** The way to one origin: directly, or through a hop. */
export type Chosen = {
  readonly wire: Wire;
  readonly hop?: Hop;
  readonly tunnel?: (target: URL) => Promise<Socket | undefined>;
};
/** All ways of one run, each opened when it is first taken. */
export type Ways = {
  to(target: URL): Promise<Outcome<Chosen, ProxyTrouble>>;
  close(): Promise<void>;
};

export type WaysOptions = ConnectOptions & {
  readonly router: Router | undefined;
  readonly clock: Clock;
  readonly agent: string;
};

/** Without a router every server is reached directly, and nothing of a proxy is loaded. */
export function openWays(options: WaysOptions): Ways {
  let direct: Wire | undefined;
  const through = new Map<string, Promise<Through>>();
  const open = async (hop: Hop): Promise<Through> => (await import('./through.ts')).openThrough(hop, options);
  return {
    to: async (target) => {
      const way = options.router === undefined ? ok(undefined) : await options.router(target);
      if (!way.ok) return way;
      const hop = way.value;
      if (hop === undefined) {
        direct ??= openWire(options);
        return ok({ wire: direct });
      }
      const key = `${hop.source} ${hop.address}`;
      const opening = through.get(key) ?? open(hop);
      through.set(key, opening);
      const wire = await opening;
      return ok({ wire, hop, tunnel: wire.tunnel });
    },
    close: async () => {
      const opened = await Promise.all([...(direct === undefined ? [] : [direct]), ...through.values()]);
      await Promise.all(opened.map((wire) => wire.close()));
    },
  };
}

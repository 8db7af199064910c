import type { NetworkInterface, Probe, ProbeAddress, ProbeFailure, ProbeLimits } from '../model/index.ts';
import { failed, ok, type Outcome } from '../model/index.ts';
import { attempt } from './io.ts';
import { databaseLook } from './probe-database.ts';
import { permissions, writeProblem } from './probe-permissions.ts';
import { limited, problemOf } from './probe-limits.ts';
import { tls } from './probe-tls.ts';

/** Looks at the machine and its network (Probe). Nothing is loaded before the first look. */
export function createProbe(): Probe {
  return { resolve, connect, tls, permissions, interfaces, writeProblem, database: databaseLook };
}

function resolve(name: string, limits: ProbeLimits): Promise<Outcome<readonly ProbeAddress[], ProbeFailure>> {
  const { isIP } = process.getBuiltinModule('node:net');
  const own = isIP(name);
  if (own === 4 || own === 6) return Promise.resolve(ok([{ address: name, family: own }]));
  return limited(limits, `no answer about ${name}`, async () => {
    try {
      const found = await process.getBuiltinModule('node:dns').promises.lookup(name, { all: true, verbatim: true });
      return ok(found.map(({ address, family }): ProbeAddress => ({ address, family: family === 6 ? 6 : 4 })));
    } catch (error) {
      const problem = problemOf(error);
      return failed({ ...problem, kind: problem.kind === 'unreachable' ? 'unreachable' : 'unresolvable' });
    }
  });
}

function connect(address: string, port: number, limits: ProbeLimits): Promise<Outcome<undefined, ProbeFailure>> {
  return limited(limits, `no connection to ${address} port ${port}`, (stop) => {
    const socket = process.getBuiltinModule('node:net').connect({ host: address, port });
    stop.addEventListener('abort', () => socket.destroy(), { once: true });
    return new Promise((done) => {
      socket.once('connect', () => {
        socket.destroy();
        done(ok());
      });
      socket.on('error', (error: Error) => done(failed(problemOf(error))));
    });
  });
}

function interfaces(): readonly NetworkInterface[] {
  const asked = attempt('ask', 'os', () => process.getBuiltinModule('node:os').networkInterfaces());
  if (!asked.ok) return [];
  return Object.entries(asked.value)
    .map(([name, all]) => ({ name, addresses: (all ?? []).filter((a) => !a.internal).map((a) => a.address) }))
    .filter(({ addresses }) => addresses.length > 0);
}

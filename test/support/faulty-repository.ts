import type { TlsOptions } from 'node:tls';
import type { Ports } from '../../src/model/index.ts';
import { respond } from '../../src/publisher/index.ts';
import { type Act, type Answer, type FaultServer, faultServer, type Seen } from './fault-server.ts';

/** The kinds of files that a run asks for, in the order of its requests. */
export const OBJECTS = ['root', 'timestamp', 'snapshot', 'targets', 'role', 'catalog', 'package'] as const;
export type ObjectKind = (typeof OBJECTS)[number];

const PATHS: readonly (readonly [RegExp, ObjectKind])[] = [
  [/^\/metadata\/\d+\.root\.json$/, 'root'],
  [/^\/metadata\/timestamp\.json$/, 'timestamp'],
  [/^\/metadata\/\d+\.snapshot\.json$/, 'snapshot'],
  [/^\/metadata\/\d+\.targets\.json$/, 'targets'],
  [/^\/metadata\//, 'role'],
  [/^\/targets\/catalog\//, 'catalog'],
  [/^\/packages\//, 'package'],
];

/** What a path of the repository is. */
export function objectOf(path: string): ObjectKind | undefined {
  return PATHS.find(([match]) => match.test(path))?.[1];
}

/** Changes the repository's own answer to the n-th request (from 1) for an object of its kind. */
export type Meddle = (kind: ObjectKind, n: number, good: Answer, request: Seen) => Answer;
export type FaultyRepository = FaultServer & {
  /** requests for objects of this kind */
  asked(kind: ObjectKind): readonly Seen[];
};
type Settings = {
  /** the folder that is served now */
  readonly dir: () => string;
  readonly meddle: Meddle;
  readonly tls?: TlsOptions | undefined;
  /** done to each connection in place of listening to it */
  readonly accepted?: readonly Act[] | undefined;
};

/** What `repo serve` answers, as an answer that can be meddled with. */
export function repositoryAnswer(ports: Pick<Ports, 'files'>, dir: string, { path, headers }: Pick<Seen, 'path' | 'headers'>): Answer {
  const reply = respond(ports, dir, { method: 'GET', target: path, headers });
  const chunks: Uint8Array[] = [];
  for (let step = reply.body?.next(); step !== undefined && step.done !== true; step = reply.body?.next()) chunks.push(step.value);
  const kept = Object.entries(reply.headers).filter(([name]) => name !== 'Content-Length');
  return { status: reply.status, headers: kept, body: Buffer.concat(chunks) };
}

/** A published repository behind a server that breaks what it is told to break, and nothing else. */
export async function faultyRepository(ports: Pick<Ports, 'files'>, settings: Settings): Promise<FaultyRepository> {
  const counts = new Map<ObjectKind, number>();
  const answer = (request: Seen): Answer => {
    const good = repositoryAnswer(ports, settings.dir(), request);
    const kind = objectOf(request.path);
    if (kind === undefined) return good;
    const n = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, n);
    return settings.meddle(kind, n, good, request);
  };
  const server = await faultServer(answer, settings.tls, settings.accepted);
  return Object.assign(server, { asked: (kind: ObjectKind) => server.seen.filter((s) => objectOf(s.path) === kind) });
}

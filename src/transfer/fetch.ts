import {
  type Clock, fail, type Failure, type Files, type Http, type IoFailure, type Log, ok, type Outcome, type Random, type ServerAccess, type Sha256,
} from '../model/index.ts';
import { allFailed, type Failed } from './all-failed.ts';
import { attempt, type Order } from './attempt.ts';
import { openPartial, type Partial, startOver } from './partial.ts';
import { describeVerdict, followUp } from './verdict.ts';

export type TransferPorts = {
  readonly http: Http;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
};
export type FetchInput = Order & { readonly servers: readonly ServerAccess[] };
export type Fetched = {
  readonly path: string;
  readonly via: 'cache' | 'full';
  /** bytes that came over the network in this run */
  readonly downloaded: number;
  readonly server: string | null;
  readonly notes: readonly string[];
};

/** tries an object a server (DESIGN, Network) */
const TRIES = 3;
const BACKOFF_MS = 500;

type Progress = { downloaded: number; readonly failures: Failed[]; readonly notes: string[] };

function ioFailure(sha256: Sha256, path: string, failure: IoFailure): Outcome<never, Failure> {
  if (failure.kind === 'full') return fail('package-disk-full', { sha256, path }, failure.detail);
  return fail('package-not-written', { sha256, path, reason: failure.detail });
}

/** Fsync, then the partial file becomes the package. */
function finish(input: FetchInput, partial: Partial): Outcome<string, Failure> {
  const synced = partial.file.sync();
  partial.file.close();
  if (!synced.ok) return ioFailure(input.package.sha256, partial.path, synced.failure);
  return input.store.commit(input.package.sha256, input.package.size);
}

/** Growing, and never the same for two machines that failed together. */
async function backOff(ports: TransferPorts, tried: number, signal: AbortSignal): Promise<void> {
  const jitter = (ports.random.bytes(1)[0] ?? 0) / 256;
  await ports.clock.sleep(BACKOFF_MS * 2 ** (tried - 1) * (1 + jitter), signal);
}

/** At most TRIES requests to one server. 'next': this server is done with. */
async function fromServer(
  ports: TransferPorts,
  input: FetchInput,
  server: ServerAccess,
  partial: Partial,
  progress: Progress,
): Promise<Outcome<'whole' | 'next', Failure>> {
  const { sha256, size } = input.package;
  for (let tried = 1; ; tried++) {
    const { verdict, downloaded } = await attempt(ports, input, server, partial);
    progress.downloaded += downloaded;
    if (verdict.kind === 'whole') return ok('whole');
    const text = describeVerdict(verdict, size);
    const follow = followUp(verdict);
    if (follow === 'end') {
      if (verdict.kind === 'io') return ioFailure(sha256, partial.path, verdict.failure);
      return fail('download-interrupted', { sha256, done: partial.length, total: size });
    }
    ports.log.write('warn', 'package-request-failed', { server: server.url, sha256, tried, error: text });
    // bytes that cannot be right are not kept, whoever is asked next
    if (follow === 'anew' || verdict.kind === 'hash' || verdict.kind === 'endless') {
      const cut = startOver(input.store, sha256, partial);
      if (!cut.ok) return ioFailure(sha256, partial.path, cut.failure);
    }
    if (follow === 'next' || tried === TRIES) {
      progress.failures.push({ server: server.url, text: tried === 1 ? text : `${text}, tried ${tried} times`, verdict });
      return ok('next');
    }
    if (follow === 'again') await backOff(ports, tried, input.signal);
  }
}

async function fromServers(ports: TransferPorts, input: FetchInput, partial: Partial, notes: string[]): Promise<Outcome<Fetched, Failure>> {
  const { sha256, size } = input.package;
  const progress: Progress = { downloaded: 0, failures: [], notes };
  if (partial.length === size) {
    // everything had come when an earlier run ended
    if (partial.hash.digest('hex') === sha256) return done(input, partial, progress, null);
    const cut = startOver(input.store, sha256, partial);
    if (!cut.ok) return ioFailure(sha256, partial.path, cut.failure);
    notes.push(`The partial download of package ${sha256} was damaged; it begins anew.`);
  }
  for (const server of input.servers) {
    const end = await fromServer(ports, input, server, partial, progress);
    if (!end.ok) return end;
    if (end.value === 'whole') return done(input, partial, progress, server.url);
  }
  return allFailed(sha256, progress.failures);
}

function done(input: FetchInput, partial: Partial, progress: Progress, server: string | null): Outcome<Fetched, Failure> {
  const path = finish(input, partial);
  if (!path.ok) return path;
  const notes = [...progress.notes, ...progress.failures.map((f) => `${f.server} was passed over: ${f.text}`)];
  return ok({ path: path.value, via: 'full', downloaded: progress.downloaded, server, notes });
}

/**
 * A verified package on disk: from the cache, hashed again, or from the first server that gives it whole. Downloads go on where they
 * stopped, also in another run and at another server; the hash is taken while writing and holds for all bytes, old and new.
 */
export async function fetchPackage(ports: TransferPorts, input: FetchInput): Promise<Outcome<Fetched, Failure>> {
  const notes: string[] = [];
  const { sha256, size } = input.package;
  const cached = input.store.find(sha256, 'hash', size);
  if (cached !== undefined) return ok({ path: cached, via: 'cache', downloaded: 0, server: null, notes });
  const opened = openPartial(ports.files, input.store, sha256, size);
  if (!opened.ok) return ioFailure(sha256, input.store.partial(sha256).path, opened.failure);
  try {
    return await fromServers(ports, input, opened.value, notes);
  } finally {
    opened.value.file.close();
  }
}

import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import type { Document } from './envelope.ts';
import { checkHashes, checkLength, HASHES } from './promise.ts';
import { cached, fetchRole } from './refresh.ts';
import { MAX_BYTES } from './limits.ts';
import { ask, type Session } from './session.ts';
import { delegatedRole, signedDelegatedRole, snapshotEntry, type Trusted } from './trusted-set.ts';
import { own, type Targets } from './tufjs.ts';
import { type Listed, walk, type Wanted } from './walk.ts';

/** A delegated role's document, and whether it came from the network in this run and waits to be kept. */
export type Loaded = { readonly document: Document<Targets>; readonly state: 'cached' | 'fetched' };

/** The delegated roles of one run: each is verified once for each delegator. */
export type Roles = (wanted: Wanted) => Promise<Outcome<Loaded, Failure>>;

/** Loads delegated roles from the cache where the snapshot still names them, else from the server. Keeps nothing. */
export function openRoles(session: Session, trust: Trusted): Roles {
  const known = new Map<string, Promise<Outcome<Loaded, Failure>>>();
  return (wanted) => {
    const key = JSON.stringify([wanted.delegator.envelope.role, wanted.role]);
    const loading = known.get(key) ?? loadRole(session, trust, wanted);
    known.set(key, loading);
    return loading;
  };
}

async function loadRole(session: Session, trust: Trusted, { delegator, role }: Wanted): Promise<Outcome<Loaded, Failure>> {
  const before = cached(session, role, (envelope) => signedDelegatedRole(delegator, envelope));
  if (before !== undefined) {
    const unchanged = delegatedRole(trust, delegator, before.envelope, session.now);
    if (unchanged.ok) return ok({ document: unchanged.value, state: 'cached' });
  }
  const entry = snapshotEntry(trust, role, delegator.envelope.role);
  if (!entry.ok) return entry;
  const envelope = await fetchRole(session, trust, role, entry.value, MAX_BYTES.targets);
  if (!envelope.ok) return envelope;
  const document = delegatedRole(trust, delegator, envelope.value, session.now);
  return document.ok ? ok({ document: document.value, state: 'fetched' }) : document;
}

/** Walks to a target, handing each role that was fetched to `take`. Undefined where nobody lists it. */
export async function findTarget(
  trust: Trusted,
  name: string,
  roles: Roles,
  take: (document: Document<Targets>) => Outcome<undefined, Failure>,
): Promise<Outcome<Listed | undefined, Failure>> {
  const search = walk(trust.targets, name);
  for (let step = search.next(); ; ) {
    if (step.done === true) return ok(step.value);
    const loaded = await roles(step.value);
    if (!loaded.ok) return loaded;
    const taken = loaded.value.state === 'fetched' ? take(loaded.value.document) : ok();
    if (!taken.ok) return taken;
    step = search.next(loaded.value.document);
  }
}

function isSafeName(path: string): boolean {
  const parts = path.split('/');
  return parts.every((p) => p !== '' && p !== '.' && p !== '..') && [...path].every((c) => c >= ' ' && c !== '\x7f' && c !== '\\');
}

/** Can this target be asked for and checked at all? 8 for one without a hash that counts, or whose name leaves its folder. */
export function checkEntry({ by, target }: Listed): Outcome<undefined, Failure> {
  const { role } = by.envelope;
  if (!isSafeName(target.path)) return fail('target-name', { role, target: JSON.stringify(target.path) });
  return HASHES.some((h) => own(target.hashes, h) !== undefined) ? ok() : fail('target-unhashed', { role, target: target.path });
}

/** A role that lists any unsafe target, even one that nobody asks for, is not to be believed: 8. */
export function checkNames(document: Document<Targets>): Outcome<undefined, Failure> {
  const bad = Object.keys(document.signed.targets).find((path) => !isSafeName(path));
  return bad === undefined ? ok() : fail('target-name', { role: document.envelope.role, target: JSON.stringify(bad) });
}

/** Are these the target's bytes? 8 for another length, 6 for another hash. */
export function checkTarget({ by, target }: Listed, from: string, bytes: Uint8Array): Outcome<undefined, Failure> {
  const promised = { by: by.envelope.role, length: target.length, hashes: target.hashes };
  const what = { role: target.path, from, bytes };
  const length = checkLength(what, promised);
  return length.ok ? checkHashes(what, promised) : length;
}

/** Fetches a target and verifies it; `FOLDER/HASH.NAME` with consistent snapshots (TUF 5.7.3). */
export async function fetchTarget(
  session: Session,
  trust: Trusted,
  listed: Listed,
  maxBytes: number,
): Promise<Outcome<{ readonly url: string; readonly bytes: Uint8Array }, Failure>> {
  const entry = checkEntry(listed);
  if (!entry.ok) return entry;
  const { path, hashes, length } = listed.target;
  const cut = path.lastIndexOf('/') + 1;
  const hash = own(hashes, 'sha256') ?? own(hashes, 'sha512') ?? '';
  const name = trust.root.signed.consistentSnapshot ? `${hash}.${path.slice(cut)}` : path.slice(cut);
  const url = session.targetsUrl + [...path.slice(0, cut).split('/').slice(0, -1), name].map(encodeURIComponent).join('/');
  if (length > maxBytes) return fail('metadata-oversized', { from: url, role: path, limit: maxBytes });
  const answer = await ask(session, { url, role: path, maxBytes: length });
  if (!answer.ok) return answer;
  if (answer.value.kind !== 'body') return fail('server-status', { url, status: 304 });
  const good = checkTarget(listed, url, answer.value.bytes);
  return good.ok ? ok({ url, bytes: answer.value.bytes }) : good;
}

/**
 * The client workflow of TUF (specification 1.0.x, section 5) as a chain of phases. Each function takes the phase before it and
 * returns the next one, so that no document can be believed out of order:
 *
 *     Rooted -> (nextRoot)* -> Settled -> Timed -> Snapped -> Trusted, then delegated roles
 *
 * Pure: no disk, no network, no clock. An envelope becomes a document only here. Failures: 6 signatures and hashes, 7 versions and
 * expiry, 8 what cannot be read.
 */
import { fail, failed, type Failure, type Instant, ok, type Outcome, rfc3339 } from '../model/index.ts';
import { type Document, type Envelope, readRoot, readSnapshot, readTargets, readTimestamp } from './envelope.ts';
import { rememberPair } from './memo.ts';
import { checkHashes, checkLength, type Promised } from './promise.ts';
import { checkThreshold } from './signatures.ts';
import { type Delegations, delegatedKeys, own, type Root, type Snapshot, type Targets, type Timestamp } from './tufjs.ts';

export type Rooted = { readonly phase: 'rooted'; readonly root: Document<Root> };
export type Settled = { readonly phase: 'settled'; readonly root: Document<Root> };
export type Timed = { readonly phase: 'timed'; readonly root: Document<Root>; readonly timestamp: Document<Timestamp> };
export type Snapped = Omit<Timed, 'phase'> & { readonly phase: 'snapped'; readonly snapshot: Document<Snapshot> };
export type Trusted = Omit<Snapped, 'phase'> & { readonly phase: 'trusted'; readonly targets: Document<Targets> };

type Step<T> = Outcome<T, Failure>;

const signedByRoot = rememberPair((root: Root, envelope: Envelope): Step<undefined> => {
  const keys = own(root.roles, envelope.role);
  if (keys === undefined) return fail('metadata-malformed', { from: envelope.from, role: envelope.role, problem: 'root names no keys for it' });
  return checkThreshold(root.keys, keys, envelope);
});

const signedByDelegations = rememberPair((delegations: Delegations, envelope: Envelope): Step<undefined> => {
  const keys = delegatedKeys(delegations, envelope.role);
  if (keys === undefined) return fail('metadata-malformed', { from: envelope.from, role: envelope.role, problem: 'nobody delegates to it' });
  return checkThreshold(delegations.keys, keys, envelope);
});

function fresh<S>(document: Document<S>, now: Instant): Step<Document<S>> {
  const { role, from } = document.envelope;
  return now < document.expires
    ? ok(document)
    : fail('metadata-expired', { role, from, at: rfc3339(document.expires), now: rfc3339(now) });
}

function versionIs<S>(document: Document<S>, wanted: number, by: string): Step<undefined> {
  if (document.version === wanted) return ok();
  const { role, from } = document.envelope;
  return fail('metadata-version', { role, from, found: document.version, expires: rfc3339(document.expires), by, wanted });
}

function rolledBack(carrier: Document<unknown>, role: string, found: number, known: number): Step<never> {
  return fail('metadata-rollback', { from: carrier.envelope.from, role, found, known, expires: rfc3339(carrier.expires) });
}

/** The root that all starts from: it must be signed by its own keys. It may be expired (TUF 5.3.10 comes later). */
export function startFrom(envelope: Envelope): Step<Rooted> {
  const root = readRoot(envelope);
  if (!root.ok) return root;
  const signed = signedByRoot(root.value.signed, envelope);
  return signed.ok ? ok({ phase: 'rooted', root: root.value }) : signed;
}

/** The root after this one: signed by this one's keys and by its own, its version one higher (TUF 5.3.4, 5.3.5). */
export function nextRoot(trust: Rooted, envelope: Envelope): Step<Rooted> {
  const signed = signedByRoot(trust.root.signed, envelope);
  if (!signed.ok) return signed;
  const next = startFrom(envelope);
  if (!next.ok) return next;
  const version = versionIs(next.value.root, trust.root.version + 1, 'its address');
  return version.ok ? next : version;
}

/** No newer root is there: this one counts, if it has not expired (TUF 5.3.10). */
export function settle(trust: Rooted, now: Instant): Step<Settled> {
  const root = fresh(trust.root, now);
  return root.ok ? ok({ phase: 'settled', root: root.value }) : root;
}

/** A timestamp that root's keys sign, whatever its age: what a newer one may not fall behind. */
export function signedTimestamp(trust: Settled, envelope: Envelope): Step<Document<Timestamp>> {
  const signed = signedByRoot(trust.root.signed, envelope);
  return signed.ok ? readTimestamp(envelope) : signed;
}

/** TUF 5.4. `previous` is the cached one; where the version is the same, the previous one stays. */
export function withTimestamp(trust: Settled, envelope: Envelope, previous: Document<Timestamp> | undefined, now: Instant): Step<Timed> {
  const read = signedTimestamp(trust, envelope);
  if (!read.ok) return read;
  if (previous !== undefined && read.value.version < previous.version) {
    return rolledBack(read.value, 'timestamp', read.value.version, previous.version);
  }
  const timestamp = previous?.version === read.value.version ? previous : read.value;
  const found = timestamp.signed.snapshotMeta.version;
  const known = previous?.signed.snapshotMeta.version ?? found;
  if (found < known) return rolledBack(timestamp, 'snapshot', found, known);
  const current = fresh(timestamp, now);
  return current.ok ? ok({ phase: 'timed', root: trust.root, timestamp }) : current;
}

/** A snapshot that root's keys sign, whatever its age and version. */
export function signedSnapshot(trust: Timed, envelope: Envelope): Step<Document<Snapshot>> {
  const signed = signedByRoot(trust.root.signed, envelope);
  return signed.ok ? readSnapshot(envelope) : signed;
}

/** TUF 5.5. No role that `previous` lists may be missing or older. */
export function withSnapshot(trust: Timed, envelope: Envelope, previous: Document<Snapshot> | undefined, now: Instant): Step<Snapped> {
  const meta = trust.timestamp.signed.snapshotMeta;
  const kept = keepsPromise(envelope, { by: 'timestamp', length: meta.length, hashes: meta.hashes });
  if (!kept.ok) return kept;
  const read = signedSnapshot(trust, envelope);
  if (!read.ok) return read;
  const snapshot = read.value;
  for (const [file, before] of Object.entries(previous?.signed.meta ?? {})) {
    const after = own(snapshot.signed.meta, file);
    const role = file.replace(/\.json$/, '');
    if (after === undefined) {
      return fail('metadata-removed', { from: envelope.from, role, known: before.version, expires: rfc3339(snapshot.expires) });
    }
    if (after.version < before.version) return rolledBack(snapshot, role, after.version, before.version);
  }
  const version = versionIs(snapshot, meta.version, 'timestamp');
  if (!version.ok) return version;
  const current = fresh(snapshot, now);
  return current.ok ? ok({ ...trust, phase: 'snapped', snapshot }) : current;
}

/** TUF 5.6: the top-level targets. */
export function withTargets(trust: Snapped, envelope: Envelope, now: Instant): Step<Trusted> {
  const targets = listed(trust, envelope, 'root', signedByRoot(trust.root.signed, envelope), now);
  return targets.ok ? ok({ ...trust, phase: 'trusted', targets: targets.value }) : targets;
}

/** TUF 5.6.7: a role that `delegator` delegates to. */
export function delegatedRole(trust: Trusted, delegator: Document<Targets>, envelope: Envelope, now: Instant): Step<Document<Targets>> {
  return listed(trust, envelope, delegator.envelope.role, delegatedBy(delegator, envelope), now);
}

/** The same without snapshot and age: what was verified when it was kept, read again offline. */
export function signedDelegatedRole(delegator: Document<Targets>, envelope: Envelope): Step<Document<Targets>> {
  const signed = delegatedBy(delegator, envelope);
  return signed.ok ? readTargets(envelope) : signed;
}

/** The top-level targets without snapshot and age, for reading offline. */
export function signedTargets(trust: Rooted, envelope: Envelope): Step<Document<Targets>> {
  const signed = signedByRoot(trust.root.signed, envelope);
  return signed.ok ? readTargets(envelope) : signed;
}

function delegatedBy(delegator: Document<Targets>, envelope: Envelope): Step<undefined> {
  const { delegations } = delegator.signed;
  if (delegations !== undefined) return signedByDelegations(delegations, envelope);
  return fail('metadata-malformed', { from: envelope.from, role: envelope.role, problem: 'nobody delegates to it' });
}

/** What the snapshot says of a role's file, or 8 where it does not list it. */
export function snapshotEntry(trust: Snapped | Trusted, role: string, by: string): Step<Promised & { readonly version: number }> {
  const meta = own(trust.snapshot.signed.meta, `${role}.json`);
  if (meta === undefined) return fail('metadata-unlisted', { from: trust.snapshot.envelope.from, role, by });
  return ok({ by: 'snapshot', version: meta.version, length: meta.length, hashes: meta.hashes });
}

function listed(trust: Snapped | Trusted, envelope: Envelope, by: string, signed: Step<undefined>, now: Instant): Step<Document<Targets>> {
  const entry = snapshotEntry(trust, envelope.role, by);
  if (!entry.ok) return entry;
  const kept = keepsPromise(envelope, entry.value);
  if (!kept.ok) return kept;
  if (!signed.ok) return signed;
  const read = readTargets(envelope);
  if (!read.ok) return failed(read.failure);
  const version = versionIs(read.value, entry.value.version, 'snapshot');
  return version.ok ? fresh(read.value, now) : version;
}

function keepsPromise(envelope: Envelope, promised: Promised): Step<undefined> {
  const length = checkLength(envelope, promised);
  return length.ok ? checkHashes(envelope, promised) : length;
}

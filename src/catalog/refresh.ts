/** The order of requests of TUF 5.3 to 5.6: N+1.root.json until there is none, timestamp, then only what the cache does not hold. */
import { failed, type Failure, ok, type Outcome } from '../model/index.ts';
import { type Document, type Envelope, openEnvelope } from './envelope.ts';
import { MAX_BYTES, MAX_ROTATIONS } from './limits.ts';
import { sameBytes } from './memo.ts';
import { checkLength, type Promised } from './promise.ts';
import { ask, type Session } from './session.ts';
import {
  nextRoot,
  type Rooted,
  settle,
  type Settled,
  signedSnapshot,
  signedTargets,
  signedTimestamp,
  type Snapped,
  snapshotEntry,
  type Timed,
  type Trusted,
  withSnapshot,
  withTargets,
  withTimestamp,
} from './trusted-set.ts';
import type { Snapshot, Timestamp } from './tufjs.ts';

type Step<T> = Promise<Outcome<T, Failure>>;

/** Walks root forward, keeping each version that was verified: how far it came, and why it stopped if that was no end. */
export async function refreshRoot(
  session: Session,
  start: Rooted,
  keep: (envelope: Envelope) => Outcome<undefined, Failure>,
): Promise<{ readonly trust: Rooted; readonly end: Outcome<undefined, Failure> }> {
  let trust = start;
  for (let n = 0; n < MAX_ROTATIONS; n++) {
    const url = `${session.metadataUrl}${trust.root.version + 1}.root.json`;
    const answer = await ask(session, { url, role: 'root', maxBytes: MAX_BYTES.root, absent: [403, 404] });
    if (!answer.ok) return { trust, end: answer };
    if (answer.value.kind !== 'body') break;
    const envelope = openEnvelope('root', url, answer.value.bytes, MAX_BYTES.root);
    const next = envelope.ok ? nextRoot(trust, envelope.value) : envelope;
    if (!next.ok) return { trust, end: next };
    const kept = keep(next.value.root.envelope);
    if (!kept.ok) return { trust, end: kept };
    trust = next.value;
  }
  return { trust, end: ok() };
}

/** Everything that root vouches for, given a root that is up to date. */
export async function refreshFrom(session: Session, root: Rooted): Step<Trusted> {
  const settled = settle(root, session.now);
  if (!settled.ok) return settled;
  const timed = await refreshTimestamp(session, settled.value);
  if (!timed.ok) return timed;
  const snapped = await refreshSnapshot(session, timed.value);
  return snapped.ok ? refreshTargets(session, snapped.value) : snapped;
}

async function refreshTimestamp(session: Session, trust: Settled): Step<Timed> {
  const { vault } = session;
  const previous = cached<Timestamp>(session, 'timestamp', (envelope) => signedTimestamp(trust, envelope));
  const tag = previous === undefined ? undefined : vault.store.getTag('timestamp', session.tagUrl);
  const url = `${session.metadataUrl}timestamp.json`;
  const answer = await ask(session, { url, role: 'timestamp', maxBytes: MAX_BYTES.timestamp, tag });
  if (!answer.ok) return answer;
  if (answer.value.kind !== 'body') {
    // `same` is answered to a tag only, and a tag is sent for `previous` only
    return previous === undefined ? failed(unexpectedSame(url)) : withTimestamp(trust, previous.envelope, previous, session.now);
  }
  const { bytes, tag: newTag } = answer.value;
  const envelope = openEnvelope('timestamp', url, bytes, MAX_BYTES.timestamp);
  const timed = envelope.ok ? withTimestamp(trust, envelope.value, previous, session.now) : envelope;
  if (!timed.ok) return timed;
  const believed = timed.value.timestamp.envelope;
  if (believed !== previous?.envelope) {
    const kept = vault.keep(believed);
    if (!kept.ok) return kept;
  }
  if (newTag !== undefined && sameBytes(believed.bytes, bytes)) vault.store.putTag('timestamp', session.tagUrl, newTag);
  return timed;
}

function unexpectedSame(url: string): Failure {
  return { why: 'server-status', data: { url, status: 304 } };
}

async function refreshSnapshot(session: Session, trust: Timed): Step<Snapped> {
  const previous = cached<Snapshot>(session, 'snapshot', (envelope) => signedSnapshot(trust, envelope));
  if (previous !== undefined) {
    const unchanged = withSnapshot(trust, previous.envelope, previous, session.now);
    if (unchanged.ok) return unchanged;
  }
  const { version, length } = trust.timestamp.signed.snapshotMeta;
  const envelope = await fetchRole(session, trust, 'snapshot', { by: 'timestamp', version, length }, MAX_BYTES.snapshot);
  return envelope.ok ? keepIfGood(session, envelope.value, withSnapshot(trust, envelope.value, previous, session.now)) : envelope;
}

async function refreshTargets(session: Session, trust: Snapped): Step<Trusted> {
  const before = cached(session, 'targets', (envelope) => signedTargets({ phase: 'rooted', root: trust.root }, envelope));
  if (before !== undefined) {
    const unchanged = withTargets(trust, before.envelope, session.now);
    if (unchanged.ok) return unchanged;
  }
  const entry = snapshotEntry(trust, 'targets', 'root');
  if (!entry.ok) return entry;
  const envelope = await fetchRole(session, trust, 'targets', entry.value, MAX_BYTES.targets);
  return envelope.ok ? keepIfGood(session, envelope.value, withTargets(trust, envelope.value, session.now)) : envelope;
}

/** The cached document of a role where its signatures hold; where they do not it is discarded. */
export function cached<S>(
  session: Session,
  role: string,
  verify: (envelope: Envelope) => Outcome<Document<S>, Failure>,
): Document<S> | undefined {
  const envelope = session.vault.read(role);
  if (envelope === undefined) return undefined;
  const document = verify(envelope);
  if (document.ok) return document.value;
  session.vault.discard(role, document.failure);
  return undefined;
}

/** One role's file, parsed: `VERSION.ROLE.json` with consistent snapshots, else `ROLE.json` (TUF 5.5.1, 5.6.1). */
export async function fetchRole(
  session: Session,
  trust: Timed | Snapped | Trusted,
  role: string,
  promised: Promised & { readonly version: number },
  limit: number,
): Step<Envelope> {
  const file = `${encodeURIComponent(role)}.json`;
  const url = `${session.metadataUrl}${trust.root.signed.consistentSnapshot ? `${promised.version}.` : ''}${file}`;
  const maxBytes = Math.min(promised.length ?? limit, limit);
  const answer = await ask(session, { url, role, maxBytes });
  if (!answer.ok) return answer;
  if (answer.value.kind !== 'body') return failed(unexpectedSame(url));
  const { bytes } = answer.value;
  // before it is parsed: of a file that was cut short, that is what there is to say
  const length = checkLength({ role, from: url, bytes }, promised);
  return length.ok ? openEnvelope(role, url, bytes, maxBytes) : length;
}

function keepIfGood<T>(session: Session, envelope: Envelope, step: Outcome<T, Failure>): Outcome<T, Failure> {
  if (!step.ok) return step;
  const kept = session.vault.keep(envelope);
  return kept.ok ? step : kept;
}

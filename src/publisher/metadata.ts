/** The TUF documents of a repository (specification 1.0.31, section 4): their types, their shapes, their bytes. */
import { asCanonical, type Canonical, canonicalJson } from '../formats/canonical-json.ts';
import { readJson } from '../formats/json.ts';
import { converted, flag, group, integer, list, mapOf, oneOf, optional, parseShape, pathText, type Shape, text } from '../formats/shape.ts';
import { asSha256, failed, type Instant, ok, type Outcome, parseInstant, sha256Of } from '../model/index.ts';

export const SPEC_VERSION = '1.0.31';
const MAX_METADATA_BYTES = 16 * 1024 * 1024;

const hex = text({ max: 4096, match: /^([0-9a-f]{2})+$/, allowed: 'hex digits' });
const keyId = converted(asSha256, '64 hex digits');
const key = group({ keytype: oneOf(['ed25519']), scheme: oneOf(['ed25519']), keyval: group({ public: hex }) });
const keys = mapOf(/^[0-9a-f]{64}$/, 'a key id', key);
const role = group({ keyids: list(keyId), threshold: integer(1) });
const hashes = group({ sha256: keyId });
const file = group({ hashes, length: integer(0) });
const versioned = group({ hashes, length: integer(0), version: integer(1) });
const expires = converted(parseInstant, 'an RFC 3339 time');
const common = { expires, spec_version: text(), version: integer(1) };
const delegated = group({ keyids: list(keyId), name: text(), paths: list(text()), terminating: flag, threshold: integer(1) });

export const ROOT = group({
  ...common,
  _type: oneOf(['root']),
  consistent_snapshot: flag,
  keys,
  roles: group({ root: role, targets: role, snapshot: role, timestamp: role }),
});
export const TIMESTAMP = group({ ...common, _type: oneOf(['timestamp']), meta: group({ 'snapshot.json': versioned }) });
export const SNAPSHOT = group({ ...common, _type: oneOf(['snapshot']), meta: mapOf(/^[a-z][a-z0-9._-]*\.json$/, 'a role’s file', versioned) });
const targetFiles = mapOf(/^catalog\/[a-z][a-z0-9._-]{0,63}\.json$/, 'catalog/ID.json', file);
/** Beside TUF's own: the oldest agent that machines may be given. */
const custom = group({ agent: optional(group({ minVersion: optional(text({ max: 128 })) })) });
export const TARGETS = group({
  ...common,
  _type: oneOf(['targets']),
  custom: optional(custom),
  delegations: group({ keys, roles: list(delegated) }),
  targets: targetFiles,
});
/** A component's delegated role: a targets document that delegates nothing. */
export const ROLE = group({ ...common, _type: oneOf(['targets']), targets: targetFiles });

type Of<S> = S extends Shape<infer T> ? T : never;
export type Key = Of<typeof key>;
export type RoleKeys = Of<typeof role>;
export type VersionedFile = Of<typeof versioned>;
export type Root = Of<typeof ROOT>;
export type Timestamp = Of<typeof TIMESTAMP>;
export type Snapshot = Of<typeof SNAPSHOT>;
export type Targets = Of<typeof TARGETS>;
export type Role = Of<typeof ROLE>;

const signatures = list(group({ keyid: keyId, sig: hex }), 100);
export type Signature = { readonly keyid: string; readonly sig: string };

/** A document that was read: what it says, its signatures, and the bytes that they sign. Nothing was verified. */
export type Envelope<T> = { readonly signed: T; readonly signatures: readonly Signature[]; readonly payload: Uint8Array };

/** Reads one document, or says what is wrong with it. */
export function parseEnvelope<T>(shape: Shape<T>, bytes: Uint8Array): Outcome<Envelope<T>, string> {
  const read = readJson(bytes, { maxBytes: MAX_METADATA_BYTES });
  if (!read.ok) return failed(`no valid JSON (found ${read.failure[0]?.found ?? 'nothing'}, allowed ${read.failure[0]?.allowed ?? 'a document'})`);
  const parsed = parseShape(group({ signatures, signed: shape }), read.value.value);
  if ('problems' in parsed) {
    const [first] = parsed.problems;
    return failed(`${pathText(first?.path ?? [])} is wrong (found ${first?.found}, allowed ${first?.allowed})`);
  }
  const raw = typeof read.value.value === 'object' && read.value.value !== null && 'signed' in read.value.value ? read.value.value.signed : undefined;
  const canonical = asCanonical(raw);
  if (canonical === undefined) return failed('it holds what canonical JSON cannot');
  return ok({ ...parsed.value, payload: Buffer.from(canonicalJson(canonical)) });
}

/** An instant as TUF writes it: whole seconds, UTC. */
export const tufTime = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** A document's signed part, ready for canonical JSON: its expiry as text. */
export function payloadOf(signed: Root | Timestamp | Snapshot | Targets | Role): Canonical {
  const plain: { readonly [key: string]: Canonical | undefined } = { ...signed, expires: tufTime(signed.expires) };
  return plain;
}

/** How another document names these bytes. */
export const fileOf = (bytes: Uint8Array): Of<typeof file> => ({ hashes: { sha256: sha256Of(bytes) }, length: bytes.length });

import { readJson } from '../formats/json.ts';
import { describe } from '../formats/shape.ts';
import { fail, failed, failure, type Failure, ok, type Outcome, parseInstant, type Instant } from '../model/index.ts';
import { remember } from './memo.ts';
import {
  isJsonObject,
  type Kind,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from './tufjs.ts';

/** A metadata file as it was received: well-formed JSON with signatures that are counted, none of them verified. */
export type Envelope = {
  readonly role: string;
  /** an address, or `the cache` */
  readonly from: string;
  readonly bytes: Uint8Array;
  readonly signed: Parameters<typeof parseRoot>[0];
  /** hexadecimal, by key id */
  readonly signatures: ReadonlyMap<string, string>;
};

/** The signed part of an envelope, read. Only trusted-set.ts makes trust of it. */
export type Document<S> = {
  readonly envelope: Envelope;
  readonly signed: S;
  readonly version: number;
  readonly expires: Instant;
};

/** Parses the frame around what is signed. Fails with 8, and with 6 where one key signs twice (TUF 4.2.1). */
export function openEnvelope(role: string, from: string, bytes: Uint8Array, maxBytes: number): Outcome<Envelope, Failure> {
  const malformed = (problem: string) => fail('metadata-malformed', { from, role, problem });
  if (bytes.length > maxBytes) return fail('metadata-oversized', { from, role, limit: maxBytes });
  const read = readJson(bytes, { maxBytes });
  if (!read.ok) {
    const [first] = read.failure;
    return malformed(first === undefined ? 'it is no JSON' : `${first.found} where ${first.allowed} is needed`);
  }
  const document = read.value.value;
  if (!isJsonObject(document)) return malformed(`${describe(document)} where a group of keys is needed`);
  const { signed, signatures } = document;
  if (!isJsonObject(signed)) return malformed(`"signed" is ${describe(signed)}`);
  if (!Array.isArray(signatures)) return malformed(`"signatures" is ${describe(signatures)}`);
  const byKey = new Map<string, string>();
  for (const one of signatures) {
    if (!isJsonObject(one)) return malformed('a signature is no group of keys');
    const { keyid, sig } = one;
    if (typeof keyid !== 'string' || typeof sig !== 'string') return malformed('a signature without keyid or sig');
    if (byKey.has(keyid)) return fail('signature-duplicate', { from, role, key: keyid });
    byKey.set(keyid, sig);
  }
  return ok({ role, from, bytes, signed, signatures: byKey });
}

function reader<S extends { readonly version: number; readonly expires: string }>(
  kind: Kind,
  parse: (signed: Envelope['signed']) => Outcome<S, string>,
): (envelope: Envelope) => Outcome<Document<S>, Failure> {
  return remember((envelope) => {
    const { role, from, signed } = envelope;
    const malformed = (problem: string) => failed(failure('metadata-malformed', { from, role, problem }));
    if (signed['_type'] !== kind) return malformed(`it is of type ${describe(signed['_type'])}, not ${kind}`);
    const parsed = parse(signed);
    if (!parsed.ok) return malformed(parsed.failure);
    const { version, expires } = parsed.value;
    const at = parseInstant(expires);
    if (at === undefined) return malformed(`"expires" is ${describe(expires)}`);
    if (!Number.isSafeInteger(version) || version < 1) return malformed(`"version" is ${describe(version)}`);
    return ok({ envelope, signed: parsed.value, version, expires: at });
  });
}

/** Reads the signed part as one kind of document; fails with 8. */
export const readRoot: (envelope: Envelope) => Outcome<Document<Root>, Failure> = reader('root', parseRoot);
export const readTimestamp: (envelope: Envelope) => Outcome<Document<Timestamp>, Failure> = reader('timestamp', parseTimestamp);
export const readSnapshot: (envelope: Envelope) => Outcome<Document<Snapshot>, Failure> = reader('snapshot', parseSnapshot);
export const readTargets: (envelope: Envelope) => Outcome<Document<Targets>, Failure> = reader('targets', parseTargets);

/** A component's catalog (`glued.catalog/1`) as the publisher writes it, and reads it back. */
import { readJson } from '../formats/json.ts';
import { converted, flag, group, integer, list, numberIn, oneOf, optional, parseShape, pathText, text } from '../formats/shape.ts';
import { asComponentId, asSha256, type Catalog, type ComponentId, failed, ok, type Outcome, parseInstant, type Release, RESTARTS, rfc3339, SEVERITIES } from '../model/index.ts';

export const MAX_CATALOG_BYTES = 16 * 1024 * 1024;
const sequence = integer(1);
const sha256 = converted(asSha256, '64 lower-case hex digits');
const instant = converted(parseInstant, 'an RFC 3339 time with a zone');
const id = converted(asComponentId, 'a component id');
const word = text({ max: 128 });

const release = group({
  sequence,
  version: word,
  date: instant,
  channel: text({ max: 64 }),
  severity: oneOf(SEVERITIES),
  forced: flag,
  optional: flag,
  restart: oneOf(RESTARTS),
  notesUrl: optional(text({ max: 2000 })),
  requires: list(group({ component: id, minSequence: sequence })),
  conditions: group({
    os: optional(list(word)),
    arch: optional(list(word)),
    minAgent: optional(word),
    minFreeBytes: optional(integer(0)),
    engine: optional(group({ min: optional(word), max: optional(word) })),
    plugin: optional(word),
  }),
  rollout: optional(group({ percent: numberIn(0, 100), from: optional(instant), salt: text({ max: 256 }) })),
  paused: flag,
  license: optional(text({ max: 256 })),
  package: group({ sha256, size: integer(0), unpackedSize: integer(0), format: oneOf(['tar+zstd']) }),
  deltas: list(group({ fromSequence: sequence, sha256, size: integer(0), algorithm: word })),
});
const revocation = group({ sequence, sha256: optional(sha256), reason: text(), safeSequence: optional(sequence) });
const document = group({ schema: oneOf(['glued.catalog/1']), component: id, releases: list(release), revoked: list(revocation) });

/** A catalog from its bytes, or what is wrong with it. */
export function readCatalog(component: ComponentId, bytes: Uint8Array): Outcome<Catalog, string> {
  const read = readJson(bytes, { maxBytes: MAX_CATALOG_BYTES });
  if (!read.ok) return failed(`no valid JSON (found ${read.failure[0]?.found ?? 'nothing'}, allowed ${read.failure[0]?.allowed ?? 'a catalog'})`);
  const parsed = parseShape(document, read.value.value);
  if ('problems' in parsed) {
    const [first] = parsed.problems;
    return failed(`${pathText(first?.path ?? [])} is wrong (found ${first?.found}, allowed ${first?.allowed})`);
  }
  const { releases, revoked } = parsed.value;
  if (parsed.value.component !== component) return failed(`it is the catalog of ${parsed.value.component}`);
  const disorder = releases.find((r, i) => i > 0 && r.sequence >= (releases[i - 1]?.sequence ?? 0));
  if (disorder !== undefined) return failed(`release ${disorder.sequence} does not come newest first`);
  return ok({ component, releases: releases.map((r) => ({ ...r, component })), revoked });
}

/** The catalog's bytes: the same catalog gives the same bytes. */
export function catalogBytes(catalog: Catalog): Uint8Array {
  const { component, releases, revoked } = catalog;
  return Buffer.from(JSON.stringify({ schema: 'glued.catalog/1', component, releases: releases.map(releaseJson), revoked }));
}

/** Keys whose value is undefined are left out by JSON.stringify. */
function releaseJson(r: Release): object {
  const { sequence, version, channel, severity, forced, optional, restart, notesUrl, requires, conditions, paused, license, deltas } = r;
  const rollout = r.rollout && { ...r.rollout, from: r.rollout.from === undefined ? undefined : rfc3339(r.rollout.from) };
  const date = rfc3339(r.date);
  return { sequence, version, date, channel, severity, forced, optional, restart, notesUrl, requires, conditions, rollout, paused, license, package: r.package, deltas };
}

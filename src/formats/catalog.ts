/** `glued.catalog/1`: what a publisher offers for one component. The publisher writes it, and reads it back as every agent does. */
import { readJson } from './json.ts';
import { converted, flag, group, integer, list, numberIn, oneOf, optional, parseShape, pathText, type Shape, text } from './shape.ts';
import {
  asComponentId,
  asSha256,
  type Catalog,
  CATALOG_MAX_BYTES,
  type ComponentId,
  failed,
  ok,
  type Outcome,
  parseInstant,
  type Release,
  RESTARTS,
  rfc3339,
  SEVERITIES,
} from '../model/index.ts';

const sequence = integer(1);
const sha256 = converted(asSha256, '64 lower-case hex digits');
const instant = converted(parseInstant, 'an RFC 3339 time with a zone');
const componentId = converted(asComponentId, 'a component id');
/** Printable, spaces only inside: a version goes into tables and messages. ASCII first: Unicode's classes cost 2 ms before they match. */
const VERSION = {
  test: (value: string): boolean => /^[!-~]+( [!-~]+)*$/.test(value) || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+( [\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u.test(value),
};
const version = text({ max: 128, match: VERSION, allowed: 'a version of at most 128 printable characters' });
const word = text({ max: 128 });
const prose = text();
const webAddress = text({ max: 2000, match: /^https?:\/\/[\x21-\x7e]+$/, allowed: 'an http or https address' });

const conditions = group(
  {
    os: optional(list(word)),
    arch: optional(list(word)),
    minAgent: optional(version),
    minFreeBytes: optional(integer(0)),
    engine: optional(group({ min: optional(version), max: optional(version) }, 'ignore')),
    plugin: optional(word),
  },
  'ignore',
);

const release = group(
  {
    sequence,
    version,
    date: instant,
    channel: optional(text({ max: 64 })),
    severity: optional(oneOf(SEVERITIES)),
    forced: optional(flag),
    optional: optional(flag),
    restart: optional(oneOf(RESTARTS)),
    notesUrl: optional(webAddress),
    requires: optional(list(group({ component: componentId, minSequence: sequence }, 'ignore'))),
    conditions: optional(conditions),
    rollout: optional(group({ percent: numberIn(0, 100), from: optional(instant), salt: text({ max: 256 }) }, 'ignore')),
    paused: optional(flag),
    license: optional(text({ max: 256 })),
    package: group({ sha256, size: integer(0), unpackedSize: integer(0), unpackedSha256: optional(sha256), format: oneOf(['tar+zstd']) }, 'ignore'),
    deltas: optional(list(group({ fromSequence: sequence, sha256, size: integer(0), algorithm: word, outcome: optional(group({ sha256, size: integer(0) }, 'ignore')) }, 'ignore'))),
  },
  'ignore',
);

const document = group(
  {
    schema: oneOf(['glued.catalog/1']),
    component: componentId,
    releases: list(release),
    revoked: optional(
      list(group({ sequence, sha256: optional(sha256), reason: prose, safeSequence: optional(sequence) }, 'ignore')),
    ),
  },
  'ignore',
);

type Raw = typeof release extends Shape<infer T> ? T : never;

/** What a release says where its publisher said nothing (DESIGN, Content repository). */
function withDefaults(component: ComponentId, raw: Raw): Release {
  return {
    channel: 'stable',
    severity: 'none',
    forced: false,
    optional: false,
    restart: 'none',
    requires: [],
    conditions: {},
    paused: false,
    deltas: [],
    ...raw,
    component,
  };
}

/** Reads the catalog of `component`; the problem names the key, what was found and what is allowed. */
export function parseCatalog(component: ComponentId, bytes: Uint8Array): Outcome<Catalog, string> {
  const read = readJson(bytes, { maxBytes: CATALOG_MAX_BYTES });
  if (!read.ok) return failed(firstProblem(read.failure));
  const parsed = parseShape(document, read.value.value);
  if ('problems' in parsed) return failed(firstProblem(parsed.problems));
  const { component: named, releases, revoked } = parsed.value;
  if (named !== component) return failed(`component is ${named}`);
  const disorder = releases.find((r, i) => i > 0 && r.sequence >= (releases[i - 1]?.sequence ?? 0));
  if (disorder !== undefined) return failed(`release ${disorder.sequence} does not come newest first`);
  return ok({ component, releases: releases.map((r) => withDefaults(component, r)), revoked: revoked ?? [] });
}

function firstProblem(problems: readonly { readonly path: readonly (string | number)[]; readonly found: string; readonly allowed: string }[]): string {
  const [first] = problems;
  if (first === undefined) return 'it is no JSON';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return `${pathText(first.path)}: found ${first.found}, allowed ${first.allowed}${more}`;
}

/** The catalog's bytes: the same catalog gives the same bytes. */
export function catalogBytes(catalog: Catalog): Uint8Array {
  const { component, releases, revoked } = catalog;
  return new TextEncoder().encode(JSON.stringify({ schema: 'glued.catalog/1', component, releases: releases.map(releaseJson), revoked }));
}

/** Keys whose value is undefined are left out by JSON.stringify. */
function releaseJson(r: Release): object {
  const { sequence, version, channel, severity, forced, optional, restart, notesUrl, requires, conditions, paused, license, deltas } = r;
  const rollout = r.rollout && { ...r.rollout, from: r.rollout.from === undefined ? undefined : rfc3339(r.rollout.from) };
  const date = rfc3339(r.date);
  return { sequence, version, date, channel, severity, forced, optional, restart, notesUrl, requires, conditions, rollout, paused, license, package: r.package, deltas };
}

/** The manifest of a package (`glued.manifest/1`): its one form as bytes, and the checks that everything else relies on. */
import { asSha256, type Manifest, type ManifestEntry, ok, failed, type Outcome } from '../model/index.ts';
import { readJson } from './json.ts';
import { clashKey, linkProblem, pathProblem } from './package-names.ts';
import { converted, group, integer, list, oneOf, parseShape, pathText, type Shape, text } from './shape.ts';

/** Bytes of a manifest, and entries in it: about ten times the largest rule set. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
export const MAX_ENTRIES = 200_000;

/** A path with what is wrong with it. `unsafe`: an attack; `damaged`: no manifest at all. */
export type ManifestProblem = { readonly kind: 'unsafe' | 'damaged'; readonly text: string };

const MODES: Readonly<Record<number, 0o644 | 0o755>> = { 0o644: 0o644, 0o755: 0o755 };
const mode: Shape<0o644 | 0o755> = (value, path, problems) => {
  const known = typeof value === 'number' ? MODES[value] : undefined;
  if (known === undefined) problems.push({ path, found: String(value), allowed: '420 (0644) or 493 (0755)' });
  return known;
};
const sha256 = converted(asSha256, '64 hex digits');
const path = text({ max: 4096 });
const file = group({ mode, path, sha256, size: integer(0), type: oneOf(['file']) });
const folder = group({ path, type: oneOf(['folder']) });
const link = group({ path, target: path, type: oneOf(['link']) });
const entry: Shape<ManifestEntry> = (value, at, problems) => {
  const kind = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (kind === 'folder') return folder(value, at, problems);
  return kind === 'link' ? link(value, at, problems) : file(value, at, problems);
};
const manifest: Shape<Manifest> = group({
  entries: list(entry, MAX_ENTRIES),
  schema: oneOf(['glued.manifest/1']),
  shape: oneOf(['file', 'tree']),
});

/** Canonical JSON: keys sorted, no space. Paths hold no control character, so JSON.stringify writes them as canonical JSON does. */
export function manifestBytes(value: Manifest): Buffer {
  const entries = value.entries.map((e) => {
    if (e.type === 'folder') return { path: e.path, type: e.type };
    if (e.type === 'link') return { path: e.path, target: e.target, type: e.type };
    return { mode: e.mode, path: e.path, sha256: e.sha256, size: e.size, type: e.type };
  });
  return Buffer.from(JSON.stringify({ entries, schema: value.schema, shape: value.shape }));
}

/** A checked manifest, or the first thing wrong with it. */
export function parseManifest(bytes: Uint8Array): Outcome<Manifest, ManifestProblem> {
  const canonical = readCanonical(bytes);
  const shaped = canonical === undefined ? readShaped(bytes) : ok(canonical);
  if (!shaped.ok) return shaped;
  const problem = manifestProblem(shaped.value);
  return problem === undefined ? shaped : failed({ kind: 'unsafe', text: problem });
}

/**
 * The one form that a manifest is written in: read by the engine's own parser, and believed where written again it gives the same bytes, so that
 * no key was passed over and no number rounded. Undefined for all else, which the strict reader tells of.
 */
function readCanonical(bytes: Uint8Array): Manifest | undefined {
  if (bytes.length > MAX_MANIFEST_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch {
    return undefined;
  }
  const parsed = parseShape(manifest, value);
  return 'value' in parsed && manifestBytes(parsed.value).equals(bytes) ? parsed.value : undefined;
}

function readShaped(bytes: Uint8Array): Outcome<Manifest, ManifestProblem> {
  const read = readJson(bytes, { maxBytes: MAX_MANIFEST_BYTES });
  if (!read.ok) {
    const first = read.failure[0];
    return damaged(`its manifest.json is not valid: found ${first?.found ?? 'nothing'}, allowed ${first?.allowed ?? 'JSON'}`);
  }
  const parsed = parseShape(manifest, read.value.value);
  if ('problems' in parsed) {
    const first = parsed.problems[0];
    return damaged(`its manifest.json has a wrong ${pathText(first?.path ?? [])}: found ${first?.found}, allowed ${first?.allowed}`);
  }
  return ok(parsed.value);
}

/** What makes these entries no package, or undefined: every path, their order, that each one's folder comes before it, clashes. */
export function manifestProblem(value: Manifest): string | undefined {
  const { entries, shape } = value;
  if (entries.length === 0) return 'it holds no file';
  if (shape === 'file' && (entries.length !== 1 || entries[0]?.type !== 'file' || entries[0].path.includes('/'))) {
    return 'its shape is "file", and it does not hold exactly one file';
  }
  const folders = new Set<string>();
  const keys = new Map<string, string>();
  let last: string | undefined;
  for (const one of entries) {
    const problem = entryProblem(one, folders, keys) ?? orderProblem(last, one.path);
    if (problem !== undefined) return problem;
    if (one.type === 'folder') folders.add(one.path);
    last = one.path;
  }
  return undefined;
}

/** `keys` gets this entry's, so that a later one that clashes with it is found. */
function entryProblem(one: ManifestEntry, folders: ReadonlySet<string>, keys: Map<string, string>): string | undefined {
  const problem = pathProblem(one.path);
  if (problem !== undefined) return `the path ${quoted(one.path)} ${problem}`;
  const key = clashKey(one.path);
  const other = keys.get(key);
  if (other === one.path) return `the path ${quoted(one.path)} comes twice`;
  if (other !== undefined) return `the paths ${quoted(other)} and ${quoted(one.path)} are one file where case or normal form is folded`;
  keys.set(key, one.path);
  const slash = one.path.lastIndexOf('/');
  const parent = one.path.slice(0, Math.max(slash, 0));
  if (slash !== -1 && !folders.has(parent)) return `the path ${quoted(one.path)} is not below a folder of the package`;
  if (one.type !== 'link') return undefined;
  const target = linkProblem(one.path, one.target);
  return target === undefined ? undefined : `the target ${quoted(one.target)} of the link ${quoted(one.path)} ${target}`;
}

function orderProblem(last: string | undefined, path: string): string | undefined {
  return last === undefined || comparePaths(last, path) < 0 ? undefined : `the path ${quoted(path)} is out of order`;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));
const ASCII = /^[\u0020-\u007e]*$/;

/** Byte order of UTF-8, which for ASCII is that of the texts. */
export function comparePaths(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function damaged(text: string): Outcome<never, ManifestProblem> {
  return failed({ kind: 'damaged', text });
}

/** Leaves of several sources to one tree: the last one wins, and the others are remembered. */
import { pathText } from '../formats/shape.ts';
import type { Origin } from '../model/index.ts';
import type { KeyPath, Leaf } from './check.ts';
import type { GroupKey, Key, Plain } from './keys.ts';
import { shownAt } from './shown.ts';

/** A line is looked for when it is read: a run that explains nothing does not pay for it. */
type Line = (() => number) | undefined;
/** What one source says. `label` is the path, with `[vendor] ` or `[managed] ` before it. */
export type SourceLeaves = { readonly label: string; readonly leaves: readonly (Leaf & { readonly line?: Line })[] };
export type Merged = { readonly tree: Plain; readonly origins: readonly Origin[] };

/** In the order of the table; component by component in the order of their ids. */
export function merge(table: GroupKey, sources: readonly SourceLeaves[]): Merged {
  const known = new Map<string, Said>();
  for (const { label, leaves } of sources) {
    for (const { path, value, line, convertedFrom } of leaves) {
      const key = pathText(path);
      const before = known.get(key);
      const overrode = before === undefined ? [] : [...before.origin.overrode, saying(before.origin.source, before.line, before.origin.value)];
      const converted = convertedFrom === undefined ? {} : { converted: { from: convertedFrom } };
      const said = saying(label, line, shownAt(table, path, value));
      known.set(key, { path, value, line, origin: Object.assign(said, { key, overrode }, converted) });
    }
  }
  const ordered: Origin[] = [];
  const tree = assemble(table, [], known, ordered) ?? {};
  return { tree, origins: ordered };
}

function saying(source: string, line: Line, value: unknown): { source: string; readonly line?: number; value: unknown } {
  if (line === undefined) return { source, value };
  return {
    source,
    get line(): number {
      return line();
    },
    value,
  };
}

type Said = { readonly path: KeyPath; readonly value: Plain; readonly line: Line; readonly origin: Origin };
type Known = ReadonlyMap<string, Said>;

/** The value at a path: what was said, or the default, or undefined. A group that may be absent and holds nothing is absent. */
function assemble(key: Key, path: KeyPath, known: Known, ordered: Origin[]): Plain | undefined {
  if (key.kind === 'scalar' || key.kind === 'list') return leaf(key, path, known, ordered);
  const out: Record<string, Plain> = {};
  const names = key.kind === 'group' ? Object.keys(key.keys) : namesBelow(path, known);
  for (const name of names) {
    const member = key.kind === 'group' ? key.keys[name] : key.of;
    const value = member === undefined ? undefined : assemble(member, [...path, name], known, ordered);
    if (value !== undefined) out[name] = value;
  }
  return key.presence === 'maybe' && Object.keys(out).length === 0 ? undefined : out;
}

function leaf(key: Key, path: KeyPath, known: Known, ordered: Origin[]): Plain | undefined {
  const name = pathText(path);
  const said = known.get(name);
  if (said !== undefined) {
    ordered.push(said.origin);
    return said.value;
  }
  if (key.fallback !== undefined) ordered.push({ key: name, value: key.fallback, source: '[default]', overrode: [] });
  return key.fallback;
}

function namesBelow(path: KeyPath, known: Known): readonly string[] {
  const names = [...known.values()].flatMap((one) => {
    const below = one.path.length > path.length && path.every((part, at) => one.path[at] === part);
    return below ? [String(one.path[path.length])] : [];
  });
  return [...new Set(names)].sort();
}

import { failed, ok, type Outcome } from '../../../model/index.ts';
import { optionsOf, type Rule } from './rule-text.ts';

/** Which rules a line of a filter file means. `path` is the rule file's, inside the tree. */
export type Selector = (rule: Rule, path: string) => boolean;

const IDS = /^(?:\d{1,10}\s*:\s*)?\d{1,10}(?:\s*,\s*(?:\d{1,10}\s*:\s*)?\d{1,10})*$/;

type Kind = { readonly begins: string; readonly make: (rest: string) => Outcome<Selector, string> };

/** The kinds that begin with a word; a bare line is one or several ids, `*` is all. */
const KINDS: readonly Kind[] = [
  { begins: 're:', make: byPattern },
  { begins: 'group:', make: (rest) => byName(rest, (path) => namesOf(path)) },
  { begins: 'filename:', make: (rest) => byName(rest, (path) => [path, `rules/${path}`, ...namesOf(path).slice(0, 1)]) },
  { begins: 'metadata:', make: byMetadata },
];

/** Reads a selector; what is wrong with it otherwise, as a phrase. */
export function parseSelector(text: string): Outcome<Selector, string> {
  if (text === '*') return ok(() => true);
  const kind = KINDS.find(({ begins }) => text.startsWith(begins));
  if (kind !== undefined) return kind.make(text.slice(kind.begins.length).trim());
  if (!IDS.test(text)) return failed('it is none of SID, GID:SID, re:PATTERN, group:NAME, filename:NAME, metadata:KEY VALUE and *');
  const ids = new Set(text.split(',').map((id) => (id.includes(':') ? id.split(':').map(Number).join(':') : `1:${Number(id)}`)));
  return ok((rule) => ids.has(`${rule.gid}:${rule.sid}`));
}

/** The whole rule, without its comment sign; letters' case does not count. */
function byPattern(text: string): Outcome<Selector, string> {
  const pattern = regular(text, 'i');
  return pattern.ok ? ok((rule) => pattern.value.test(rule.raw)) : pattern;
}

/**
 * A regular expression as Python writes it, in this language: named groups are spelled otherwise, `\A` and `\Z` are the ends, leading
 * flags are flags. What cannot be read is a failure: nothing is guessed.
 */
export function regular(text: string, flags: string): Outcome<RegExp, string> {
  if (text === '') return failed('its pattern is empty');
  const [, own = ''] = /^\(\?([imsx]+)\)/.exec(text) ?? [];
  if (own.includes('x')) return failed('its pattern has the flag x, which is not known here');
  const source = (own === '' ? text : text.slice(own.length + 3))
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
  try {
    return ok(new RegExp(source, [...new Set(flags + own)].join('')));
  } catch (error) {
    return failed(`its pattern cannot be read (${error instanceof Error ? error.message : 'no regular expression'})`);
  }
}

/** `a/b.rules` is `b.rules` and `b`. */
function namesOf(path: string): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return [name, name.replace(/\.rules$/, '')];
}

function byName(glob: string, names: (path: string) => readonly string[]): Outcome<Selector, string> {
  if (glob === '') return failed('it names nothing');
  const pattern = globPattern(glob);
  return ok((_, path) => names(path).some((name) => pattern.test(name)));
}

/** Shell wildcards, of which `*` passes over slashes too. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(/\[!?[^\]]+\]|[^]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    return part.replaceAll('\\', '\\\\').replace(/^\[!/, '[^');
  });
  return new RegExp(`^${source}$`, 's');
}

function byMetadata(text: string): Outcome<Selector, string> {
  const [, key, value] = /^(\S+)\s+(.+)$/.exec(text.toLowerCase()) ?? [];
  if (key === undefined || value === undefined) return failed('it is not metadata:KEY VALUE');
  const wanted = `${key} ${value}`;
  return ok((rule) => {
    const pairs = (optionsOf(rule.raw).get('metadata') ?? []).flatMap((list) => list.split(','));
    return pairs.some((pair) => pair.trim().toLowerCase().replace(/\s+/g, ' ') === wanted);
  });
}

import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import { readJson } from '../formats/json.ts';
import { group, integer, mapOf, oneOf, parseShape, pathText, type Shape, text } from '../formats/shape.ts';
import { CONTENT_TYPES, type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';
import { layout, TOP_ROLES } from './layout.ts';
import { stored } from './ports.ts';

const MOST_DAYS = 3650;
const days = integer(1, MOST_DAYS);
const component = group({ type: oneOf(CONTENT_TYPES), plugin: text({ max: 64 }), name: text({ max: 200 }) });
const settings = group({
  schema: oneOf(['glued.publisher/1']),
  keys: text(),
  expiryDays: group({ root: days, targets: days, snapshot: days, timestamp: days }),
  components: mapOf(/^[a-z][a-z0-9._-]{0,63}$/, 'a component id', component),
});

/** What the publisher remembers of a repository: where its keys are, how long signatures last, its components. Never served. */
export type Settings = typeof settings extends Shape<infer T> ? T : never;

/** The settings, or the failure that says that this is no repository of ours. */
export function readSettings({ files }: Pick<Ports, 'files'>, dir: string): Outcome<Settings, Failure> {
  const path = layout.settings(dir);
  const bytes = files.read(path, 4 * 1024 * 1024);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? fail('repo-absent', { path: dir, problem: `${path} is not there` }) : stored(bytes);
  const read = readJson(bytes.value);
  if (!read.ok) return fail('repo-damaged', { path, problem: `found ${read.failure[0]?.found ?? 'nothing'}, allowed ${read.failure[0]?.allowed ?? 'JSON'}` });
  const parsed = parseShape(settings, read.value.value);
  if ('value' in parsed) return ok(parsed.value);
  const [first] = parsed.problems;
  return fail('repo-damaged', { path, problem: `${pathText(first?.path ?? [])}: found ${first?.found}, allowed ${first?.allowed}` });
}

export function writeSettings({ files }: Pick<Ports, 'files'>, dir: string, value: Settings): Outcome<undefined, Failure> {
  const json = { ...value, components: Object.fromEntries(value.components) };
  return stored(files.replace(layout.settings(dir), Buffer.from(`${JSON.stringify(json, null, 2)}\n`), 0o644));
}

/** Is `inner` the folder `outer`, or below it, once links are resolved? The last parts may not exist yet. */
export function isWithin(ports: Pick<Ports, 'files'>, inner: string, outer: string): boolean {
  const way = relative(real(ports, outer), real(ports, inner));
  return way === '' || (way !== '..' && !way.startsWith(`..${way.includes('\\') ? '\\' : '/'}`) && !isAbsolute(way));
}

function real({ files }: Pick<Ports, 'files'>, path: string): string {
  const found = files.realPath(path);
  if (found.ok || dirname(path) === path) return found.ok ? found.value : path;
  return join(real({ files }, dirname(path)), basename(path));
}

/** How long each role's signatures last, in days. Online roles are signed often; a stolen old timestamp is of use for a week. */
export const DEFAULT_EXPIRY_DAYS = { root: 365, targets: 365, snapshot: 30, timestamp: 7 } as const satisfies Record<(typeof TOP_ROLES)[number], number>;

/** Lifetimes that were asked for and cannot be had, by the option's name. */
export function daysProblem(asked: Partial<Settings['expiryDays']>): Outcome<never, Failure> | undefined {
  for (const [role, value] of Object.entries(asked)) {
    if (!Number.isInteger(value) || value < 1 || value > MOST_DAYS) {
      return fail('repo-option', { option: `--${role}-days`, problem: `${value} is no whole number from 1 to ${MOST_DAYS}` });
    }
  }
  return undefined;
}

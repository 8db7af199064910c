import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { type Component, type Failure, fail, failure, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { distrustOf } from '../../../state/index.ts';
import { ioProblem } from '../../io-failures.ts';
import { FILTER_FILES, type FilterFile, type Filters, NO_FILTERS, parseFilterFile } from './filter-lines.ts';

/** An administrator's file of some ten thousand lines */
const MAX_FILTER_BYTES = 4 * 1024 * 1024;
const SHOWN_LINES = 20;
const SHOWN_CHARACTERS = 120;

/** The filters of a component, and a hash of their bytes. */
export type ReadFilters = { readonly filters: Filters; readonly digest: string };

/** Reads the component's filters; undefined where it has none. Every line that is no good is named. */
export function readFilters(ports: Pick<Ports, 'files' | 'os'>, component: Component): Outcome<ReadFilters | undefined, Failure> {
  const path = component.settings['Filters'];
  if (path === undefined || path === '') return ok(undefined);
  const unread = (problem: string): Outcome<never, Failure> => fail('filters-unread', { component: component.id, path, problem });
  if (!path.startsWith('/')) return unread('it is no absolute path');
  const seen = ports.files.statFollowing(path);
  if (!seen.ok) return unread(ioProblem(seen.failure));
  const own = FILTER_FILES.find((name) => name === basename(path));
  if (seen.value.type === 'file' && own === undefined) return unread(`its name is none of ${FILTER_FILES.join(', ')}`);
  const there = seen.value.type === 'file' ? FILTER_FILES.filter((name) => name === own).map((name) => [name, path] as const) : inFolder(ports, path);
  if (there.length === 0) return unread(`the folder holds none of ${FILTER_FILES.join(', ')}`);
  return readAll(ports, component, there, unread);
}

type Named = readonly (readonly [FilterFile, string])[];

const inFolder = ({ files }: Pick<Ports, 'files'>, folder: string): Named =>
  FILTER_FILES.map((name) => [name, join(folder, name)] as const).filter(([, path]) => files.statFollowing(path).ok);

function readAll(ports: Pick<Ports, 'files' | 'os'>, component: Component, named: Named, unread: (problem: string) => Outcome<never, Failure>): Outcome<ReadFilters, Failure> {
  const hash = createHash('sha256');
  let filters = NO_FILTERS;
  for (const [name, path] of named) {
    const stat = ports.files.stat(path);
    const distrust = stat.ok ? distrustOf(ports, path, stat.value) : undefined;
    if (distrust?.kind === 'unseen') return unread(`${distrust.target}: ${ioProblem(distrust.cause)}`);
    if (distrust !== undefined) {
      const { target, owner, mode, command } = distrust;
      return fail('filters-untrusted', { component: component.id, target, owner, mode, command });
    }
    const bytes = ports.files.read(path, MAX_FILTER_BYTES);
    if (!bytes.ok) return unread(`${name} cannot be read (${ioProblem(bytes.failure)})`);
    hash.update(`${name} ${bytes.value.length}\n`).update(bytes.value);
    const parsed = parseFilterFile(name, path, Buffer.from(bytes.value).toString('utf8'));
    const [bad] = parsed.ok ? [] : parsed.failure;
    if (!parsed.ok && bad !== undefined) return badLines(component, parsed.failure, bad);
    if (parsed.ok) filters = joined(filters, parsed.value);
  }
  return ok({ filters, digest: hash.digest('hex') });
}

type Bad = Extract<ReturnType<typeof parseFilterFile>, { ok: false }>['failure'];

function badLines(component: Component, all: Bad, first: Bad[number]): Outcome<never, Failure> {
  const shown = all.slice(0, SHOWN_LINES).map(({ file, line, found, problem }) => `${file}:${line}: ${found.slice(0, SHOWN_CHARACTERS)}: ${problem}`);
  const found = first.found.slice(0, SHOWN_CHARACTERS);
  return { ok: false, failure: failure('filter-line-bad', { component: component.id, file: first.file, line: first.line, found, problem: first.problem, count: all.length }, shown.join('\n')) };
}

const joined = (a: Filters, b: Filters): Filters => ({
  disable: [...a.disable, ...b.disable],
  enable: [...a.enable, ...b.enable],
  drop: [...a.drop, ...b.drop],
  modify: [...a.modify, ...b.modify],
});

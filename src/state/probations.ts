import { join } from 'node:path';
import { readJson } from '../formats/json.ts';
import { converted, group, integer, list, mapOf, oneOf, optional, orNull, parseShape, pathText, type Shape, text } from '../formats/shape.ts';
import { asComponentId, type ComponentId, failed, type Failure, FAILURES, ok, type Outcome, type Ports, type Probation, sha256Of } from '../model/index.ts';
import { CONDEMNATIONS } from '../model/failures/probation.ts';
import { COMPONENT, COMPONENT_ID, CONTENT } from './component-shapes.ts';
import { ioFailed } from './failures.ts';
import { LAYOUT, pathOf } from './layout.ts';

/** A file that holds no probation any more, neither copy of it. `component`: by its name, where that says so. */
export type Unreadable = { readonly path: string; readonly component: ComponentId; readonly sequence: number; readonly problem: string };

/**
 * Content that must prove itself, two files a release of a component, each whole in itself: `recover` has to understand them when nothing
 * else of the state can be read. They are not in state.db, which may be set aside.
 */
export interface Probations {
  /** what can be read of either copy, by component and sequence */
  list(): Outcome<{ readonly probations: readonly Probation[]; readonly unreadable: readonly Unreadable[] }, Failure>;
  /** durable when it returns */
  put(probation: Probation): Outcome<undefined, Failure>;
  drop(component: ComponentId, sequence: number): Outcome<undefined, Failure>;
  /** keeps both copies for whoever looks into it, as `ID@SEQUENCE.json.bad` */
  setAside(unreadable: Unreadable): Outcome<undefined, Failure>;
}

const COPIES = ['json', 'copy.json'] as const;
const NAME = /^([a-z][a-z0-9._-]{0,63})@(\d{1,16})\.(?:copy\.)?json$/;
const MAX_BYTES = 256 * 1024;
const MODE = 0o600;
/** engines say a lot before they die; the end of it is kept with the failure */
const MAX_DETAIL = 64 * 1024;

const textOrNumber: Shape<string | number> = (value, path, problems) => {
  if (typeof value === 'string' || typeof value === 'number') return value;
  problems.push({ path, found: typeof value, allowed: 'a text or a number' });
  return undefined;
};

const FAILURE_FIELDS = group({
  why: oneOf(Object.keys(CONDEMNATIONS).filter((why): why is keyof typeof CONDEMNATIONS => why in FAILURES)),
  data: mapOf(/^[A-Za-z]+$/, 'letters', textOrNumber),
  detail: optional(text({ max: MAX_DETAIL })),
});
const CONDEMNED: Shape<Failure> = (value, path, problems) => {
  const fields = FAILURE_FIELDS(value, path, problems);
  return fields === undefined ? undefined : { ...fields, data: Object.fromEntries(fields.data) };
};

const PROBATION: Shape<Probation> = group({
  component: COMPONENT,
  next: CONTENT,
  remade: optional(oneOf(['yes'])),
  good: orNull(CONTENT),
  since: integer(0),
  until: integer(0),
  maxRestarts: integer(0),
  bootLoopMinutes: integer(0),
  policyDigest: text(),
  requires: list(group({ component: COMPONENT_ID, minSequence: integer(0) })),
  boot: orNull(text()),
  engine: orNull(text()),
  watch: optional(oneOf(['clock'])),
  restarts: integer(0),
  silentSince: orNull(integer(0)),
  starts: list(group({ boot: orNull(text()), at: integer(0) })),
  condemned: orNull(CONDEMNED),
});
const DOCUMENT = group({ schema: oneOf(['glued.probation/1']), sha256: converted((hex) => hex, '64 hex digits'), probation: PROBATION });

/** The probations in `<state>/probation`: `ID@SEQUENCE.json`, and a copy of it. */
export function createProbations({ files }: Pick<Ports, 'files'>, dir: string): Probations {
  const folder = pathOf(dir, 'probation');
  const pathsOf = (component: ComponentId, sequence: number): readonly string[] => COPIES.map((ending) => join(folder, `${component}@${sequence}.${ending}`));
  return {
    list() {
      const listed = files.list(folder);
      if (!listed.ok) return listed.failure.kind === 'absent' ? ok({ probations: [], unreadable: [] }) : ioFailed(listed.failure);
      const found = new Map<string, readonly [ComponentId, number]>();
      for (const { name } of listed.value) {
        const [, id = '', digits = ''] = NAME.exec(name) ?? [];
        const component = asComponentId(id);
        if (component !== undefined) found.set(`${id}@${digits}`, [component, Number(digits)]);
      }
      const probations: Probation[] = [];
      const unreadable: Unreadable[] = [];
      for (const [component, sequence] of [...found.values()].sort(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1))) {
        const read = readEither(files, pathsOf(component, sequence), component, sequence);
        if (read.ok) probations.push(read.value);
        else unreadable.push({ path: pathsOf(component, sequence)[0] ?? folder, component, sequence, problem: read.failure });
      }
      return ok({ probations, unreadable });
    },
    put(probation) {
      const made = files.makeFolder(folder, LAYOUT.probation.mode);
      if (!made.ok) return ioFailed(made.failure);
      const bytes = bytesOf(probation);
      for (const path of pathsOf(probation.component.id, probation.next.sequence)) {
        const written = files.replace(path, bytes, MODE);
        if (!written.ok) return ioFailed(written.failure);
      }
      return ok();
    },
    drop(component, sequence) {
      for (const path of pathsOf(component, sequence)) {
        const removed = files.stat(path).ok ? files.removeTree(path) : ok();
        if (!removed.ok) return ioFailed(removed.failure);
      }
      return synced(files, folder);
    },
    setAside({ component, sequence }) {
      for (const path of pathsOf(component, sequence)) {
        files.removeTree(`${path}.bad`);
        const moved = files.stat(path).ok ? files.rename(path, `${path}.bad`) : ok();
        if (!moved.ok) return ioFailed(moved.failure);
      }
      return synced(files, folder);
    },
  };
}

function synced(files: Ports['files'], folder: string): Outcome<undefined, Failure> {
  const done = files.stat(folder).ok ? files.syncFolder(folder) : ok();
  return done.ok ? ok() : ioFailed(done.failure);
}

function bytesOf(probation: Probation): Uint8Array {
  const body = JSON.stringify(probation);
  return Buffer.from(`{"schema":"glued.probation/1","sha256":"${sha256Of(body)}","probation":${body}}\n`);
}

/** The first copy that is whole: they are written in this order, so it is the newer one. */
function readEither(files: Ports['files'], paths: readonly string[], component: ComponentId, sequence: number): Outcome<Probation, string> {
  let problem = '';
  for (const path of paths) {
    const read = readOne(files, path);
    const isIts = read.ok && read.value.component.id === component && read.value.next.sequence === sequence;
    if (read.ok && isIts) return read;
    problem ||= read.ok ? 'it is of another release' : read.failure;
  }
  return failed(problem);
}

function readOne(files: Ports['files'], path: string): Outcome<Probation, string> {
  const bytes = files.read(path, MAX_BYTES);
  if (!bytes.ok) return failed(bytes.failure.kind === 'absent' ? 'it is not there' : bytes.failure.detail);
  const json = readJson(bytes.value, { maxBytes: MAX_BYTES });
  if (!json.ok) return failed('it is no JSON');
  const parsed = parseShape(DOCUMENT, json.value.value);
  if (!('value' in parsed)) return failed(`${pathText(parsed.problems[0]?.path ?? [])} is ${parsed.problems[0]?.found ?? 'wrong'}`);
  const text = Buffer.from(bytes.value).toString('utf8');
  const body = text.slice(text.indexOf('"probation":') + '"probation":'.length, text.lastIndexOf('}'));
  return sha256Of(body) === parsed.value.sha256 ? ok(parsed.value.probation) : failed('its digest is not that of its content');
}

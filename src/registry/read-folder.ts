import { join } from 'node:path';
import { readPlist } from '../formats/plist.ts';
import { type Component, fail, type Failure, type FileStat, type IoFailure, ok, type Outcome, type Ports } from '../model/index.ts';
import { ioFailed, pathOf } from '../state/index.ts';
import { parseComponent } from './plist.ts';
import { installPathProblem } from './rules.ts';

/** One plist of a registry folder: a component, or what is wrong. `bad` is the file's own fault: it can be set aside. */
export type Registration = { readonly id: string; readonly path: string } & (
  | { readonly kind: 'component'; readonly component: Component; readonly unknownKeys: readonly string[] }
  | { readonly kind: 'bad'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly failure: IoFailure }
);

export type RegistryFolder = 'newRegistry' | 'activeRegistry';

const MAX_BYTES = 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/** Every `ID.plist` of a folder, in name order. No folder, no registrations; a folder that others rule over is refused whole. */
export function readRegistryFolder(
  ports: Pick<Ports, 'files' | 'os'>,
  stateDir: string,
  folder: RegistryFolder,
): Outcome<{ readonly registrations: readonly Registration[]; readonly setAside: readonly string[] }, Failure> {
  const path = pathOf(stateDir, folder);
  const seen = ports.files.stat(path);
  if (!seen.ok) return seen.failure.kind === 'absent' ? ok({ registrations: [], setAside: [] }) : ioFailed(seen.failure);
  const ruled = seen.value.type === 'folder' ? othersRule(ports.os, seen.value) : `it is a ${seen.value.type}`;
  if (ruled !== undefined) return fail('state-unsafe', { path, found: ruled });
  const listed = ports.files.list(path);
  if (!listed.ok) return ioFailed(listed.failure);
  const names = listed.value.map((e) => e.name).filter((name) => !name.startsWith('.')).sort();
  return ok({
    registrations: names.filter((name) => name.endsWith('.plist')).map((name) => readOne(ports, stateDir, join(path, name), name.slice(0, -'.plist'.length))),
    setAside: names.filter((name) => name.endsWith('.plist.bad')).map((name) => join(path, name)),
  });
}

function readOne(ports: Pick<Ports, 'files' | 'os'>, stateDir: string, path: string, id: string): Registration {
  const bad = (problem: string): Registration => ({ id, path, kind: 'bad', problem });
  const seen = ports.files.stat(path);
  if (!seen.ok) return { id, path, kind: 'unreadable', failure: seen.failure };
  if (seen.value.type !== 'file') return bad(`it is a ${seen.value.type}, not a file`);
  const ruled = othersRule(ports.os, seen.value);
  if (ruled !== undefined) return bad(ruled);
  const read = ports.files.read(path, MAX_BYTES);
  if (!read.ok) return read.failure.kind === 'too-long' ? bad(`it has more than ${MAX_BYTES} bytes`) : { id, path, kind: 'unreadable', failure: read.failure };
  const plist = readPlist(read.value, { maxBytes: MAX_BYTES });
  if (!plist.ok) {
    const [first] = plist.failure;
    return bad(`it is no property list: ${first?.line === undefined ? '' : `line ${first.line}: `}${first?.found ?? 'nothing'}, allowed: ${first?.allowed ?? 'a property list'}`);
  }
  const parsed = parseComponent(plist.value.value);
  if ('problem' in parsed) return bad(parsed.problem);
  const { component, unknownKeys } = parsed.value;
  if (component.id !== id) return bad(`ComponentID is ${JSON.stringify(component.id)}, allowed: ${JSON.stringify(id)}, as the file is called`);
  const problem = installPathProblem(component.installPath, stateDir);
  return problem === undefined ? { id, path, kind: 'component', component, unknownKeys } : bad(problem);
}

/** Registering means that root installs at that path: nobody but root and ourselves may have written it. */
function othersRule(os: Pick<Ports['os'], 'platform' | 'uid'>, seen: FileStat): string | undefined {
  if (os.platform === 'win32') return undefined;
  if (seen.uid !== 0 && seen.uid !== os.uid) return `it belongs to user ${seen.uid}, who could register anything`;
  return (seen.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : `others can write it (mode ${seen.mode.toString(8)})`;
}

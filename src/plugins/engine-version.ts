import { type Component, type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';
import { childEnvironment } from './child.ts';

/** To be asked for its version a scanner or an engine reads no content: 0.1 s on a small machine. */
const TIMEOUT_MS = 20_000;
const MEMORY_BYTES = 1024 ** 3;
const KEEP_BYTES = 4096;

/** An engine of a plug-in: what it is called where EnginePath names none, and how it is asked for its version. */
export type Engine = { readonly program: string; readonly flag: string; readonly versionIn: (stdout: string) => string | null };
export type EngineVersion = (component: Component, signal: AbortSignal) => Promise<string | null>;

/** The component's EnginePath, else the engine on the path; undefined where none is installed. */
export function findEngine(ports: Pick<Ports, 'proc'>, component: Component, engine: Engine): string | undefined {
  return ports.proc.find([component.settings['EnginePath'] || engine.program]);
}

/** An EnginePath that names no program is the administrator's mistake, told before a byte is fetched. */
export function checkEngine(ports: Pick<Ports, 'proc'>, component: Component, engine: Engine): Outcome<undefined, Failure> {
  const named = component.settings['EnginePath'];
  if (!named || findEngine(ports, component, engine) !== undefined) return ok();
  return fail('test-program-not-run', { component: component.id, program: named, problem: 'is not there, or no program', setting: 'EnginePath' });
}

/** Asks installed engines for their version, each binary once a run. */
export function createVersionCache(ports: Pick<Ports, 'proc' | 'files' | 'os'>, engine: Engine): EngineVersion {
  const known = new Map<string, string | null>();
  return async (component, signal) => {
    const program = findEngine(ports, component, engine);
    const seen = program === undefined ? undefined : ports.files.statFollowing(program);
    if (program === undefined || seen?.ok !== true) return null;
    const key = `${program} ${seen.value.inode} ${seen.value.modifiedAt}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const ended = await ports.proc.run({
      argv: [program, engine.flag],
      cwd: '/',
      env: childEnvironment(ports.os, '/'),
      timeoutMs: TIMEOUT_MS,
      maxMemoryBytes: MEMORY_BYTES,
      keepBytes: KEEP_BYTES,
      signal,
    });
    const version = ended.ok && ended.value.kind === 'exit' && ended.value.exit === 0 ? engine.versionIn(ended.value.stdout) : null;
    known.set(key, version);
    return version;
  };
}

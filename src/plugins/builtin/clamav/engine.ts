import { type Component, ok, type Outcome, type Failure, fail, type Ports } from '../../../model/index.ts';
import { childEnvironment } from '../../child.ts';
import { engineOf } from './clamd.ts';

/** `clamscan --version` reads no database: 10 ms on a small machine. */
const VERSION_TIMEOUT_MS = 10_000;
const VERSION_MEMORY_BYTES = 1024 ** 3;
const VERSION_KEEP_BYTES = 4096;

/** The scanner: the component's EnginePath, else clamscan on the path; undefined where none is installed. */
export function findEngine(ports: Pick<Ports, 'proc'>, component: Component): string | undefined {
  const named = component.settings['EnginePath'];
  return ports.proc.find([named === undefined || named === '' ? 'clamscan' : named]);
}

/** An EnginePath that names no program is the administrator's mistake, told before a byte is fetched. */
export function checkEngine(ports: Pick<Ports, 'proc'>, component: Component): Outcome<undefined, Failure> {
  const named = component.settings['EnginePath'];
  if (named === undefined || named === '' || findEngine(ports, component) !== undefined) return ok();
  return fail('test-program-not-run', { component: component.id, program: named, problem: 'is not there, or no program', setting: 'EnginePath' });
}

/** Asks installed scanners for their version, each binary once a run. */
export function createVersionCache(ports: Pick<Ports, 'proc' | 'files' | 'os'>): (component: Component, signal: AbortSignal) => Promise<string | null> {
  const known = new Map<string, string | null>();
  return async (component, signal) => {
    const program = findEngine(ports, component);
    const seen = program === undefined ? undefined : ports.files.statFollowing(program);
    if (program === undefined || seen?.ok !== true) return null;
    const key = `${program} ${seen.value.inode} ${seen.value.modifiedAt}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const ended = await ports.proc.run({
      argv: [program, '--version'],
      cwd: '/',
      env: childEnvironment(ports.os, '/'),
      timeoutMs: VERSION_TIMEOUT_MS,
      maxMemoryBytes: VERSION_MEMORY_BYTES,
      keepBytes: VERSION_KEEP_BYTES,
      signal,
    });
    const version = ended.ok && ended.value.kind === 'exit' && ended.value.exit === 0 ? engineOf(ended.value.stdout) : null;
    known.set(key, version);
    return version;
  };
}

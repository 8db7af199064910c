import { type Component, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { childEnvironment, lastWords } from '../../child.ts';
import { confPath, type EngineConfig, parseDump, patternsInside } from './engine-config.ts';

/** `suricata -V` and `--dump-config` read no rules: 0.1 s on a small machine. */
const ASK_TIMEOUT_MS = 20_000;
const ASK_MEMORY_BYTES = 1024 ** 3;
const DUMP_BYTES = 1024 * 1024;
const VERSION_BYTES = 4096;

type EnginePorts = Pick<Ports, 'proc' | 'files' | 'os'>;
export type EngineVersion = (component: Component, signal: AbortSignal) => Promise<string | null>;

/** The engine: the component's EnginePath, else suricata on the path; undefined where none is installed. */
export function findEngine(ports: Pick<Ports, 'proc'>, component: Component): string | undefined {
  return ports.proc.find([component.settings['EnginePath'] || 'suricata']);
}

/** `7.0.10` of `This is Suricata version 7.0.10 RELEASE`, or of `7.0.10 RELEASE`, as the socket has it. */
export const versionIn = (text: string): string | null => /(?:^|Suricata version )(\d+\.\d+[\w.+~-]*)/.exec(text)?.[1] ?? null;

/** Asks installed engines for their version, each binary once a run. */
export function createVersionCache(ports: EnginePorts): EngineVersion {
  const known = new Map<string, string | null>();
  return async (component, signal) => {
    const program = findEngine(ports, component);
    const seen = program === undefined ? undefined : ports.files.statFollowing(program);
    if (program === undefined || seen?.ok !== true) return null;
    const key = `${program} ${seen.value.inode} ${seen.value.modifiedAt}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const ended = await ports.proc.run({
      argv: [program, '-V'],
      cwd: '/',
      env: childEnvironment(ports.os, '/'),
      timeoutMs: ASK_TIMEOUT_MS,
      maxMemoryBytes: ASK_MEMORY_BYTES,
      keepBytes: VERSION_BYTES,
      signal,
    });
    const version = ended.ok && ended.value.kind === 'exit' && ended.value.exit === 0 ? versionIn(ended.value.stdout) : null;
    known.set(key, version);
    return version;
  };
}

/** The engine's configuration, and its rule-files that lie in the install path. */
export type Reads = { readonly config: EngineConfig; readonly patterns: readonly string[] };

/**
 * What the engine would read, by its own word. 2 where its configuration cannot be read, or names no rule file in the install path: it
 * would never load what is put there. Undefined where only the default configuration was asked for and is not there.
 */
export async function readsOf(ports: EnginePorts, job: Pick<Job, 'component' | 'signal'>, program: string): Promise<Outcome<Reads | undefined, Failure>> {
  const { component, signal } = job;
  const path = confPath(component);
  const bad = (problem: string, detail?: string): Outcome<never, Failure> => fail('suricata-conf-bad', { component: component.id, path, problem }, detail);
  const seen = ports.files.statFollowing(path);
  if (!seen.ok) return component.settings['ConfigFile'] ? bad(seen.failure.kind === 'absent' ? 'it is not there' : seen.failure.detail) : ok(undefined);
  const dumped = await ports.proc.run({
    argv: [program, '--dump-config', '-c', path],
    cwd: '/',
    env: childEnvironment(ports.os, '/'),
    timeoutMs: ASK_TIMEOUT_MS,
    maxMemoryBytes: ASK_MEMORY_BYTES,
    keepBytes: DUMP_BYTES,
    signal,
  });
  if (!dumped.ok) return fail('test-program-not-run', { component: component.id, program, problem: `could not be started (${dumped.failure.detail})`, setting: 'EnginePath' });
  if (dumped.value.kind !== 'exit' || dumped.value.exit !== 0) return bad(`${program} --dump-config does not understand it`, lastWords(dumped.value));
  const config = parseDump(dumped.value.stdout);
  const patterns = patternsInside(ports.files, component, config);
  if (patterns.length > 0) return ok({ config, patterns });
  const named = config.ruleFiles.length === 0 ? 'names no rule-files' : `has rule-files ${config.ruleFiles.join(', ')} below default-rule-path ${config.rulePath}`;
  return bad(`it ${named}, none of them in ${component.installPath}`);
}

/** An EnginePath that names no program is the administrator's mistake, told before a byte is fetched. */
export function checkEngine(ports: Pick<Ports, 'proc'>, component: Component): Outcome<undefined, Failure> {
  const named = component.settings['EnginePath'];
  if (!named || findEngine(ports, component) !== undefined) return ok();
  return fail('test-program-not-run', { component: component.id, program: named, problem: 'is not there, or no program', setting: 'EnginePath' });
}


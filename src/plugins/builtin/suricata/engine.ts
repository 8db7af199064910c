import { type Component, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { childEnvironment, lastWords } from '../../child.ts';
import type { Engine } from '../../engine-version.ts';
import { confPath, type EngineConfig, parseDump, patternsInside } from './engine-config.ts';

/** `--dump-config` reads no rules: 0.1 s on a small machine. */
const ASK_TIMEOUT_MS = 20_000;
const ASK_MEMORY_BYTES = 1024 ** 3;
const DUMP_BYTES = 1024 * 1024;

type EnginePorts = Pick<Ports, 'proc' | 'files' | 'os'>;

/** `7.0.10` of `This is Suricata version 7.0.10 RELEASE`, or of `7.0.10 RELEASE`, as the socket has it. */
export const versionIn = (text: string): string | null => /(?:^|Suricata version )(\d+\.\d+[\w.+~-]*)/.exec(text)?.[1] ?? null;

/** The engine itself. */
export const SURICATA: Engine = { program: 'suricata', flag: '-V', versionIn };

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
  const dumped = await dumpConfig(ports, component, program, ASK_TIMEOUT_MS, signal);
  if (!dumped.ok) return fail('test-program-not-run', { component: component.id, program, problem: `could not be started (${dumped.failure.detail})`, setting: 'EnginePath' });
  if (dumped.value.kind !== 'exit' || dumped.value.exit !== 0) return bad(`${program} --dump-config does not understand it`, lastWords(dumped.value));
  const config = parseDump(dumped.value.stdout);
  const patterns = patternsInside(ports.files, component, config);
  if (patterns.length > 0) return ok({ config, patterns });
  const named = config.ruleFiles.length === 0 ? 'names no rule-files' : `has rule-files ${config.ruleFiles.join(', ')} below default-rule-path ${config.rulePath}`;
  return bad(`it ${named}, none of them in ${component.installPath}`);
}

/** Has the engine print its configuration, as it reads it. */
export function dumpConfig(ports: EnginePorts, component: Component, program: string, timeoutMs: number, signal: AbortSignal): ReturnType<Ports['proc']['run']> {
  return ports.proc.run({
    argv: [program, '--dump-config', '-c', confPath(component)],
    cwd: '/',
    env: childEnvironment(ports.os, '/'),
    timeoutMs,
    maxMemoryBytes: ASK_MEMORY_BYTES,
    keepBytes: DUMP_BYTES,
    signal,
  });
}

import { isAbsolute, join } from 'node:path';
import { type Component, fail, type Failure, failureText, type LoadedPolicy, ok, type Outcome } from '../model/index.ts';
import { credentialNames, loadPolicy, placesOf, type TrustCheck } from '../policy/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { distrustOf } from '../state/index.ts';
import { PACKAGED, POLICY_FOLDERS, previousOf, type ServiceFacts, writtenFolder } from './facts.ts';
import type { ServicePorts } from './manager.ts';
import { CREDENTIAL_STORE } from './systemd/units.ts';

export type ServiceOptions = {
  readonly stateDir: string;
  /** `named`: given with --state */
  readonly statePlace: 'usual' | 'named';
  /** where the daemon of that state listens */
  readonly socket: string;
  readonly policyPath?: string;
  readonly trustCheck: TrustCheck;
  /** the folder that stands for /, of a machine that is not running */
  readonly root?: string;
};

/** The facts of this machine, its components, and what a person should know of them. */
export type Gathered = { readonly facts: ServiceFacts; readonly components: readonly Component[]; readonly notes: readonly string[] };

/** Looks at the program that runs now, the registry and the policy. The policy may be missing: the service is installed before it, or after. */
export async function gather(ports: ServicePorts, options: ServiceOptions): Promise<Outcome<Gathered, Failure>> {
  const root = options.root ?? '/';
  const scanned = scanRegistry(ports, join(root, options.stateDir), ports.clock.now(), 'read');
  const components = scanned.ok ? scanned.value.components : [];
  const loaded = await policyOf(ports, options, root);
  const credentials = loaded.ok ? credentialNames(loaded.value.policy) : [];
  const program = programOf(ports, options, components);
  const { policyPath, stateDir } = options;
  const facts: ServiceFacts = {
    program: program.argv,
    ...(policyPath === undefined ? {} : { policyPath }),
    state: { place: options.statePlace, dir: stateDir },
    ...(program.agent === undefined ? {} : { previous: previousOf(program.agent.installPath) }),
    socket: options.socket,
    writable: [...new Set(components.map(writtenFolder))].sort(),
    credentials,
  };
  const notes = [
    ...(scanned.ok ? scanned.value.problems.map(({ failure }) => failureText(failure)) : [failureText(scanned.failure)]),
    ...(loaded.ok ? credentials.flatMap((name) => missingCredential(ports, root, name)) : [`The policy cannot be used yet: ${failureText(loaded.failure)}`]),
    ...program.notes,
  ];
  return ok({ facts, components, notes });
}

/** The policy that lies below the root. */
async function policyOf(ports: ServicePorts, { policyPath, trustCheck }: ServiceOptions, root: string): Promise<Outcome<LoadedPolicy, Failure>> {
  if (policyPath !== undefined) return loadPolicy(ports, { trustCheck, policyPath: join(root, policyPath) });
  const { vendorFolder, main, folder, ...managed } = placesOf(ports.os);
  const below = Object.entries({ vendorFolder, main, folder }).flatMap(([name, path]) => (path === undefined ? [] : [[name, join(root, path)]]));
  return loadPolicy(ports, { trustCheck, places: { ...managed, ...Object.fromEntries(below) } });
}

function missingCredential({ files }: ServicePorts, root: string, name: string): readonly string[] {
  const path = `${CREDENTIAL_STORE}/${name}`;
  return files.stat(join(root, path)).ok ? [] : [`The policy names credential:${name}: put the secret into ${path} (mode 0600), or the daemon does not start.`];
}

type Program = { readonly argv: readonly [string, ...string[]]; readonly agent: Component | undefined; readonly notes: readonly string[] };

/**
 * What the service starts: the program that runs now, by its real path. Where it is itself a component that is kept up to date, by its
 * install path, for the real one changes with every release; where a package chooses between two, by the package's launcher.
 */
function programOf(ports: ServicePorts, { root }: ServiceOptions, components: readonly Component[]): Program {
  const { files, os } = ports;
  const [executable, script] = programPaths(ports);
  const agent = components.find((c) => c.contentType === 'agent' && realPath(files, c.installPath) === (script ?? executable));
  const inside = (path: string): string => (root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length) : path);
  const own = launcherOf(ports, root) ?? inside(agent?.installPath ?? script ?? executable ?? '');
  const argv: Program['argv'] = script === undefined ? [own] : [inside(executable ?? ''), ...runtimeArguments(os.runtime), own];
  const missing = root === undefined ? [] : argv.filter((one) => one.startsWith('/') && !files.statFollowing(join(root, one)).ok);
  return { argv, agent, notes: missing.map((path) => `${path} is not below ${root ?? ''} yet: the service starts it there.`) };
}

/** The package's launcher, where it is there and starts the program that runs now. */
function launcherOf(ports: ServicePorts, root = ''): string | undefined {
  const { launcher, program, agent } = PACKAGED;
  const [executable, script] = programPaths(ports);
  const isLaunched = script === undefined && [program, agent].some((path) => path === executable);
  const isThere = [launcher, program].every((path) => ports.files.stat(join(root, path)).ok);
  return isLaunched && isThere ? launcher : undefined;
}

/** The program's files by their real paths. Where /proc is not mounted, as in an image that is built, a runtime knows its own name only. */
function programPaths({ files, os, proc }: ServicePorts): readonly string[] {
  return os.program().map((path) => realPath(files, isAbsolute(path) ? path : (proc.find([path]) ?? path)));
}

function realPath(files: ServicePorts['files'], path: string): string {
  const real = files.realPath(path);
  return real.ok ? real.value : path;
}

/** What a script's runtime is started with. Deno may ask for nothing, writes no policy, and leaves the rest to the unit's own limits. */
function runtimeArguments(runtime: string): readonly string[] {
  if (!runtime.startsWith('deno')) return ['--disable-warning=ExperimentalWarning'];
  const allowed = ['read', 'env', 'sys', 'net', 'run', 'write'].map((name) => `--allow-${name}`);
  return ['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', ...allowed, `--deny-write=${POLICY_FOLDERS.join(',')}`];
}

/** The service runs as root what others could replace: never installed. */
export function checkProgram(ports: ServicePorts): Outcome<undefined, Failure> {
  const launcher = launcherOf(ports);
  for (const path of [...programPaths(ports), ...(launcher === undefined ? [] : [launcher])]) {
    const stat = ports.files.stat(path);
    if (!stat.ok) return fail('service-program-unseen', { path, target: path, problem: stat.failure.detail });
    const distrust = distrustOf(ports, path, stat.value);
    if (distrust === undefined) continue;
    const { target } = distrust;
    if (distrust.kind === 'unseen') return fail('service-program-unseen', { path, target, problem: distrust.cause.detail });
    return fail('service-program-untrusted', { path, target, owner: distrust.owner, mode: distrust.mode, command: distrust.command });
  }
  return ok();
}

import { asSha256, type Failure, ok, type Outcome, type PlugInCheckResult, type PlugInReport, type Ports } from '../../../model/index.ts';
import { type Hello, OPTIONAL_METHODS } from '../methods.ts';
import { missingMethod } from '../process.ts';
import type { HostPorts } from '../program.ts';
import { Bench } from './bench.ts';
import { type Check, no, pass, skipped, troubleText, type Verdict, withProcess } from './checks.ts';
import { CONTENT_CHECKS } from './content-checks.ts';
import { LIFE_CHECKS } from './life-checks.ts';
import { END_CHECKS, silentStart, TALK_CHECKS } from './talk-checks.ts';

export type KitOptions = {
  readonly builtIn: ReadonlySet<string>;
  /** called after each check */
  readonly tell?: (result: PlugInCheckResult) => void;
  /** beyond silent-start, hello and own-id, only these */
  readonly isWanted?: (id: string) => boolean;
  /** how long an answer may take */
  readonly callMs?: number;
};

const SILENT = { id: 'silent-start', title: 'it says nothing before it is asked', fix: 'Print nothing on standard output but answers; what people are to see goes to standard error. Begin by reading a line.' };
const HELLO = { id: 'hello', title: 'it answers hello as the protocol has it', fix: 'Answer hello as docs/plugin-protocol.md says: one line of JSON, with protocol 1, id, version, contentTypes, settings, methods and swap.' };
const ID = { id: 'own-id', title: 'its id is no built-in one', fix: 'Choose another id: a plug-in cannot take the place of a built-in one.' };
const REST = [...TALK_CHECKS, ...CONTENT_CHECKS, ...LIFE_CHECKS, ...END_CHECKS];

/** The names of all checks, in their order. */
export const CHECK_IDS: readonly string[] = [SILENT, HELLO, ID, ...REST].map(({ id }) => id);

/**
 * Runs every check of the protocol on a plug-in, in folders below `dir`, which is removed afterwards. A failure means that there is
 * nothing to check: no such file, or none that can be started.
 */
export async function checkPlugIn(ports: HostPorts & Pick<Ports, 'clock'>, path: string, dir: string, how: KitOptions): Promise<Outcome<PlugInReport, Failure>> {
  const { builtIn, tell, isWanted = () => true } = how;
  const bench = Bench.make(ports, path, dir, how.callMs);
  if (!bench.ok) return bench;
  const checks: PlugInCheckResult[] = [];
  const check = async ({ id, title, fix }: Pick<Check, 'id' | 'title' | 'fix'>, run: () => Promise<Verdict>): Promise<void> => {
    const from = ports.clock.monotonic();
    const { kind, found } = await run();
    const result = { id, title, verdict: kind, found, fix: kind === 'fail' ? fix : '', ms: Math.round(ports.clock.monotonic() - from) };
    checks.push(result);
    tell?.(result);
  };
  let hello: Hello | undefined;
  await check(SILENT, () => silentStart(bench.value));
  await check(HELLO, () => askHello(bench.value, (said) => (hello = said)));
  const said: Hello | undefined = hello;
  await check(ID, async () => (said === undefined ? skipped('hello failed') : builtIn.has(said.id) ? no(`its id is ${said.id}`) : pass(said.id)));
  for (const one of REST.filter(({ id }) => isWanted(id))) await check(one, async () => (said === undefined ? skipped('hello failed') : one.run(bench.value, said)));
  const sha256 = asSha256(bench.value.sha256);
  return ok({
    path,
    allow: said === undefined || sha256 === undefined ? null : { id: said.id, path, sha256 },
    plugIn: said === undefined ? null : { id: said.id, version: said.version, contentTypes: said.contentTypes, swap: said.swap, methods: said.methods },
    checks,
  });
}

function askHello(bench: Bench, keep: (hello: Hello) => void): Promise<Verdict> {
  return withProcess(bench, async ({ session }) => {
    const said = await session.hello('glued plugin check', bench.callMs);
    if (!said.ok) return no(`${troubleText(said.failure)}${session.stderr() === '' ? '' : ` (it said: ${session.stderr().slice(-300)})`}`);
    const missing = missingMethod(said.value);
    if (missing !== undefined) return no(`with swap "own" it needs the method ${missing}`);
    keep(said.value);
    const later = said.value.methods.filter((method) => !OPTIONAL_METHODS.some((known) => known === method));
    return pass(`${said.value.id} ${said.value.version}, swap ${said.value.swap}${later.length === 0 ? '' : `; never called, for this version knows no such method: ${later.join(', ')}`}`);
  });
}


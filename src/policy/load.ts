/** From the places on disk to one checked policy that can explain itself, or to everything that is wrong with it. */
import { isAbsolute, resolve } from 'node:path';
import { parseShape } from '../formats/shape.ts';
import { fail, failed, type Failure, failureCode, type LoadedPolicy, ok, type Outcome, type Policy, type PolicyProblem, type Ports } from '../model/index.ts';
import { policyDigest } from './digest.ts';
import { locate, type Located, locateAt } from './locate.ts';
import { merge, type Merged } from './merge.ts';
import { type Places, placesOf, placesText } from './places.ts';
import { fileOf, invalid, problemOf } from './problems.ts';
import { examineTrustRoot } from './root-file.ts';
import { acrossKeys } from './rules.ts';
import { secretNames } from './secret-keys.ts';
import { exposedSecret } from './secrets.ts';
import { checkOne, type Document, readAll, registryDocument, statedSchema } from './sources.ts';
import { POLICY, POLICY_SCHEMA } from './table.ts';
import type { TrustCheck } from './trust.ts';

export type PolicyPorts = Pick<Ports, 'files' | 'os' | 'proc'>;
export type LoadOptions = {
  /** `--policy PATH`: a file or folder that replaces every place */
  readonly policyPath?: string;
  readonly trustCheck: TrustCheck;
  /** the machine's places, where they are not the usual ones (tests) */
  readonly places?: Places;
};

/** What is wrong: one failure for a run, and each problem for `policy check` (none where a file could not be believed or read). */
export type Refused = { readonly failure: Failure; readonly problems: readonly PolicyProblem[] };

/** The effective policy of this machine, or the one failure that says why there is none. */
export async function loadPolicy(ports: PolicyPorts, options: LoadOptions): Promise<Outcome<LoadedPolicy, Failure>> {
  const examined = await examinePolicy(ports, options);
  return examined.ok ? examined : failed(examined.failure.failure);
}

/** The same, with every problem by itself. */
export async function examinePolicy(ports: PolicyPorts, options: LoadOptions): Promise<Outcome<LoadedPolicy, Refused>> {
  const places = options.places ?? placesOf(ports.os);
  const path = options.policyPath === undefined ? undefined : absolute(ports, options.policyPath);
  const located = path === undefined ? locate(ports, places, options.trustCheck) : locateAt(ports, path, options.trustCheck);
  if (!located.ok) return refused(located.failure);
  const managed = path === undefined && places.managedRegistry !== undefined ? await registryDocument(ports, places.managedRegistry) : ok([]);
  if (!managed.ok) return refused(managed.failure);
  const missing = fail('policy-missing', { places: path ?? placesText(places) });
  const understood = managed.value.length > 0 ? await understand(located.value, managed.value, missing.failure) : await asBefore(located.value, missing.failure);
  return understood.ok ? believe(ports, options.trustCheck, located.value, understood.value) : understood;
}

/** What was understood from the policy's own words; whether the machine keeps to it is another matter. */
type Understood = { readonly policy: Policy; readonly digest: LoadedPolicy['digest']; readonly documents: readonly Document[]; readonly merged: Merged; readonly ignoredKeys: readonly string[] };

/** The latest policy that was understood in this process: a daemon reads it for every run, and it is the same nearly always. */
let latest: { readonly files: Located['files']; readonly understood: Understood } | undefined;

/** Understands the files, or remembers what was understood where each of them is the same as the last time, byte for byte. */
async function asBefore(located: Located, missing: Failure): Promise<Outcome<Understood, Refused>> {
  if (latest !== undefined && areSame(latest.files, located.files)) return ok(latest.understood);
  const understood = await understand(located, [], missing);
  latest = understood.ok ? { files: located.files, understood: understood.value } : undefined;
  return understood;
}

function areSame(before: Located['files'], now: Located['files']): boolean {
  return before.length === now.length && before.every(({ label, bytes }, i) => label === now[i]?.label && Buffer.compare(bytes, now[i].bytes) === 0);
}

async function understand(located: Located, managed: readonly Document[], missing: Failure): Promise<Outcome<Understood, Refused>> {
  const problems: PolicyProblem[] = [];
  const documents = [...(await readAll(located, problems)), ...managed];
  if (documents.length === 0 && problems.length === 0) return refused(missing);
  const unknown = statedSchema(documents) > POLICY_SCHEMA ? 'ignore' : 'refuse';
  const ignored = new Set<string>();
  const sources = documents.map((document) => checkOne(document, unknown, problems, ignored));
  const merged = merge(POLICY, sources);
  if (isSome(problems)) {
    // a file that could not be read at all may hold what seems to be missing
    if (located.files.every(({ path: one }) => documents.some((document) => document.path === one))) addMissing(problems, documents, merged);
    return refused(invalid(problems), problems);
  }
  const policy = wholePolicy(documents, merged);
  return policy.ok ? ok({ policy: policy.value, digest: policyDigest(merged.tree), documents, merged, ignoredKeys: [...ignored].sort() }) : policy;
}

function absolute(ports: PolicyPorts, path: string): string {
  return isAbsolute(path) ? path : resolve(ports.os.cwd, path);
}

function refused(failure: Failure, problems: readonly PolicyProblem[] = []): Outcome<never, Refused> {
  return failed({ failure, problems });
}

function isSome<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

/** Keys that no file states, beside the problems of keys that are stated. */
function addMissing(problems: PolicyProblem[], documents: readonly Document[], merged: Merged): void {
  const parsed = parseShape(POLICY.shape, merged.tree);
  if ('value' in parsed) return;
  const file = documents.at(-1)?.path ?? '';
  const missing = parsed.problems.map((problem) => problemOf(file, problem));
  problems.push(...missing.filter(({ key }) => !problems.some((known) => known.key.startsWith(key))));
}

/** The merged values as a Policy, whose keys fit each other. */
function wholePolicy(documents: readonly Document[], merged: Merged): Outcome<Policy, Refused> {
  const file = documents.at(-1)?.path ?? '';
  const parsed = parseShape(POLICY.shape, merged.tree);
  if (!('value' in parsed)) {
    const problems = parsed.problems.map((problem) => problemOf(file, problem));
    return isSome(problems) ? refused(invalid(problems), problems) : refused(invalid([nothing(file)]));
  }
  const across = acrossKeys(parsed.value, merged.origins).map((problem) => ({ file, ...problem }));
  return isSome(across) ? refused(invalid(across), across) : ok(parsed.value);
}

/** What goes beyond the policy's own words: its root file, and secrets that others can read. */
function believe(ports: PolicyPorts, check: TrustCheck, located: Located, { policy, digest, documents, merged, ignoredKeys }: Understood): Outcome<LoadedPolicy, Refused> {
  const root = examineTrustRoot(ports, policy, check);
  if (!root.ok) return refused(root.failure, failureCode(root.failure) === 'policy-invalid' ? [rootProblem(root.failure, merged)] : []);
  for (const { key, name } of secretNames(POLICY, merged.tree, [])) {
    const exposed = exposedSecret(ports, key, name);
    if (exposed !== undefined) return refused(exposed);
  }
  const read = located.files.map(({ path, trusted }) => ({ path, trusted }));
  const managed = documents.filter((one) => one.typed === 'registry').map(({ path }) => ({ path, trusted: true }));
  // a root file that is as it should be is no source: it is named by the policy
  const anchor = root.value.trusted === 'yes' ? [] : [{ path: policy.trust.rootFile, trusted: false }];
  return ok({ policy, digest, sources: [...read, ...managed, ...anchor], ignoredKeys, skipped: located.skipped, origins: merged.origins });
}

function rootProblem(failure: Failure, { origins }: Merged): PolicyProblem {
  const key = 'trust.rootFile';
  const origin = origins.find((one) => one.key === key);
  const line = origin?.line === undefined ? {} : { line: origin.line };
  return { file: fileOf(origin?.source ?? ''), ...line, key, found: `${failure.data['path']}: ${failure.data['problem']}`, allowed: "the repository's root.json" };
}

function nothing(file: string): PolicyProblem {
  return { file, key: '(document)', found: 'nothing', allowed: 'a policy' };
}

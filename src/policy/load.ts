/** From the places on disk to one checked policy that can explain itself, or to everything that is wrong with it. */
import { isAbsolute, resolve } from 'node:path';
import { parseShape } from '../formats/shape.ts';
import { fail, failed, type Failure, failureCode, type LoadedPolicy, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';
import { policyDigest } from './digest.ts';
import { locate, type Located, locateAt } from './locate.ts';
import { merge, type Merged } from './merge.ts';
import { type Places, placesOf, placesText } from './places.ts';
import { fileOf, invalid, type PolicyProblem, problemOf } from './problems.ts';
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
  const problems: PolicyProblem[] = [];
  const documents = await readAll(located.value, problems);
  const managed = path === undefined && places.managedRegistry !== undefined ? await registryDocument(ports, places.managedRegistry) : ok([]);
  if (!managed.ok) return refused(managed.failure);
  documents.push(...managed.value);
  if (documents.length === 0 && problems.length === 0) {
    const missing = fail('policy-missing', { places: path ?? placesText(places) });
    return refused(missing.failure);
  }
  const unknown = statedSchema(documents) > POLICY_SCHEMA ? 'ignore' : 'refuse';
  const ignored = new Set<string>();
  const sources = documents.map((document) => checkOne(document, unknown, problems, ignored));
  const merged = merge(POLICY, sources);
  if (isSome(problems)) {
    // a file that could not be read at all may hold what seems to be missing
    if (located.value.files.every(({ path: one }) => documents.some((document) => document.path === one))) addMissing(problems, documents, merged);
    return refused(invalid(problems), problems);
  }
  return believe(ports, options.trustCheck, located.value, documents, merged, [...ignored].sort());
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

/** The merged values as a Policy; then what goes beyond single keys: keys that need each other, the root file, exposed secrets. */
function believe(
  ports: PolicyPorts,
  check: TrustCheck,
  located: Located,
  documents: readonly Document[],
  merged: Merged,
  ignoredKeys: readonly string[],
): Outcome<LoadedPolicy, Refused> {
  const file = documents.at(-1)?.path ?? '';
  const parsed = parseShape(POLICY.shape, merged.tree);
  if (!('value' in parsed)) {
    const problems = parsed.problems.map((problem) => problemOf(file, problem));
    return isSome(problems) ? refused(invalid(problems), problems) : refused(invalid([nothing(file)]));
  }
  const policy: Policy = parsed.value;
  const across = acrossKeys(policy, merged.origins).map((problem) => ({ file, ...problem }));
  if (isSome(across)) return refused(invalid(across), across);
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
  const { origins, tree } = merged;
  return ok({ policy, digest: policyDigest(tree), sources: [...read, ...managed, ...anchor], ignoredKeys, skipped: located.skipped, origins });
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

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { manifestBytes } from '../../../formats/manifest.ts';
import { type Content, type Failure, fail, type Job, type Manifest, ok, type Outcome, type Ports, type Remarks } from '../../../model/index.ts';
import { contentProblem, fileEntries, filesOf, manifestOf } from '../../content.ts';
import { servedOf } from '../../served.ts';
import { stagedOf } from './slots.ts';
import { checkShrink } from '../../shrink.ts';
import { keepVerdict, keptVerdict } from '../../verdict.ts';
import { type EngineVersion, findEngine } from '../../engine-version.ts';
import { type Reads, readsOf, SURICATA } from './engine.ts';
import { readBy } from './engine-config.ts';
import { exercise } from './exercise.ts';
import { readFilters } from './filter-files.ts';
import { countRules } from './rule-text.ts';
import { isRules, MAX_RULES_BYTES, serve } from './serve.ts';

type TestPorts = Pick<Ports, 'files' | 'proc' | 'os'>;
type Judged = { readonly rules: readonly string[]; readonly notes: readonly string[] };

/**
 * Filters the new rules, and judges what comes of it: it holds rules, not too few of them, and the installed engine loads every one in a
 * child. Without an engine the first two are all that can be said, and a note says so. A verdict of this engine's version on these very
 * bytes counts again.
 */
export async function test(ports: TestPorts, engineVersion: EngineVersion, job: Job): Promise<Outcome<Remarks, Failure>> {
  const { component, next } = job;
  const read = readFilters(ports, component);
  if (!read.ok) return read;
  const served = serve(ports.files, job, read.value);
  if (!served.ok) return served;
  const about = served.value.map((problem) => `${component.id}: ${problem}.`);
  const manifest = manifestOf(ports.files, stagedOf(ports.files, next).folder);
  if (!manifest.ok) return fail('content-damaged', { component: component.id, version: next.version, folder: next.folder, problem: manifest.failure });
  const program = findEngine(ports, component, SURICATA);
  const reads = program === undefined ? ok(undefined) : await readsOf(ports, job, program);
  if (!reads.ok) return reads;
  const judged = checkRules(ports.files, job, manifest.value, reads.value);
  if (!judged.ok) return judged;
  const notes = [...about, ...judged.value.notes];
  if (program === undefined || reads.value === undefined) {
    const why = program === undefined ? 'no suricata is installed on this machine' : 'suricata has no suricata.yaml on this machine';
    return ok({ notes: [...notes, `${component.id}: release ${next.version} was not exercised: ${why}.`] });
  }
  const loaded = await proven(ports, job, await engineVersion(component, job.signal), program, reads.value, manifest.value, judged.value.rules);
  return loaded.ok ? ok({ notes }) : loaded;
}

/** Which rule files the engine will read, that there are rules in them, and that they have not become too few. */
function checkRules(files: Ports['files'], job: Job, manifest: Manifest, reads: Reads | undefined): Outcome<Judged, Failure> {
  const { component, next, previous } = job;
  const all = rulesIn(manifest);
  const rules = reads === undefined ? all : readBy(reads.patterns, all);
  const none = (by: string): Outcome<never, Failure> => fail('rules-none', { component: component.id, version: next.version, by });
  if (all.length === 0) return none('it holds no file that ends with .rules');
  if (rules.length === 0) return none(`the rule-files of suricata.yaml (${reads?.patterns.join(', ') ?? ''}) are none of its files ${all.slice(0, 3).join(', ')}`);
  const after = countOf(files, stagedOf(files, next), rules);
  if (after === 0) return none('all its rules are commented out or filtered away');
  const before = previous === null ? 0 : countOf(files, servedOf(files, previous), reads === undefined ? undefined : reads.patterns);
  const shrunk = checkShrink(job, before, after, 'rules');
  if (!shrunk.ok) return shrunk;
  const unread = all.filter((path) => !rules.includes(path));
  const note = `${component.id}: suricata.yaml does not name ${unread.slice(0, 3).join(', ')}${unread.length > 3 ? ` and ${unread.length - 3} more` : ''} of release ${next.version}: the engine will not read them.`;
  return ok({ rules, notes: unread.length === 0 ? [] : [note] });
}

const rulesIn = (manifest: Manifest): readonly string[] => fileEntries(manifest).map((entry) => entry.path).filter(isRules);

/** How many rules the files, or those that patterns mean, hold; what cannot be read counts as nothing. */
function countOf(files: Ports['files'], served: Pick<Content, 'folder'>, patterns: readonly string[] | undefined): number {
  const manifest = manifestOf(files, served.folder);
  const paths = manifest.ok ? rulesIn(manifest.value) : [];
  return (patterns === undefined ? paths : readBy(patterns, paths)).reduce((sum, path) => {
    const bytes = files.read(join(filesOf(served), path), MAX_RULES_BYTES);
    return sum + (bytes.ok ? countRules(Buffer.from(bytes.value).toString('latin1')) : 0);
  }, 0);
}

/** By a verdict that is kept, or by the engine, whose verdict is kept then. */
async function proven(
  ports: TestPorts,
  job: Job,
  engine: string | null,
  program: string,
  reads: Reads,
  manifest: Manifest,
  rules: readonly string[],
): Promise<Outcome<undefined, Failure>> {
  const { files } = ports;
  const { next } = job;
  const asked = createHash('sha256').update(manifestBytes(manifest)).update(JSON.stringify([rules, reads.config.ruleFiles])).digest('hex');
  const content = { ...next, ...stagedOf(files, next) };
  const kept = keptVerdict(files, content);
  if (kept !== undefined && kept.package === next.sha256 && kept.engine === engine && kept.asked === asked) {
    const problem = contentProblem(files, content.folder, manifest, 'deep');
    if (problem === undefined) return ok();
    return fail('content-damaged', { component: job.component.id, version: next.version, folder: next.folder, problem });
  }
  const loaded = await exercise(ports, job, program, reads, rules);
  if (!loaded.ok) return loaded;
  if (engine !== null) keepVerdict(files, content, { package: next.sha256, engine, asked, signatures: loaded.value, at: job.now });
  return ok();
}

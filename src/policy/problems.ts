/** Everything that is wrong with a policy, as data for `policy check` and as the one Failure of a run. */
import type { DocumentProblem } from '../formats/document.ts';
import { pathText } from '../formats/shape.ts';
import { type Failure, failure, type PolicyProblem } from '../model/index.ts';

/** A key that is not ours can be as long as the file. */
const MAX_KEY = 200;

/** A reader's or the table's problem, of this file. */
export function problemOf(file: string, problem: DocumentProblem): PolicyProblem {
  const { path, found, allowed } = problem;
  const key = pathText(path);
  const short = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key;
  return { file, ...(problem.line === undefined ? {} : { line: problem.line }), key: short, found, allowed };
}

/** The file of an origin's source, which may have `[vendor] ` or `[managed] ` before it. */
export function fileOf(source: string): string {
  return source.replace(/^\[\w+\] /, '');
}

/** `/etc/glued/policy.json:3: schedule.everyMinutes: found text "x"; allowed: a whole number` */
export function problemText(problem: PolicyProblem): string {
  const line = problem.line === undefined ? '' : `:${problem.line}`;
  return `${problem.file}${line}: ${problem.key}: found ${problem.found}; allowed: ${problem.allowed}`;
}

/** The first problem as data, all of them one a line in `detail`. */
export function invalid(problems: readonly [PolicyProblem, ...PolicyProblem[]]): Failure {
  const [first] = problems;
  const { file, line, key, found, allowed } = first;
  const at = line === undefined ? file : `${file}, line ${line}`;
  const made = failure('policy-invalid', { at, file, key, found, allowed, count: problems.length }, problems.map(problemText).join('\n'));
  return line === undefined ? made : { ...made, data: { ...made.data, line } };
}

import { CODES, type ExitCode, type Ports } from '../model/index.ts';
import { examinePolicy, problemText } from '../policy/index.ts';
import { jsonText, printable } from '../report/index.ts';
import { policyDocument, type PolicyFlags, tellRefused } from './policy-show.ts';

/** `glued policy check [FILE]`: every problem, one a line. 0 good, 20 none, 21 invalid, 22 not to be trusted. */
export async function policyCheck(
  ports: Pick<Ports, 'files' | 'os' | 'proc' | 'terminal'>,
  { file, ...flags }: PolicyFlags & { readonly file?: string },
): Promise<ExitCode> {
  const examined = await examinePolicy(ports, file === undefined ? flags : { ...flags, policyPath: file });
  if (!examined.ok) {
    const { failure, problems } = examined.failure;
    if (flags.format === 'json' || problems.length === 0) return tellRefused(ports, 'policy check', examined.failure, flags.format);
    ports.terminal.out(problems.map((problem) => `${printable(problemText(problem))}\n`).join(''));
    // the same lines are the failure's detail
    return tellRefused(ports, 'policy check', { failure: { why: failure.why, data: failure.data }, problems }, 'text');
  }
  if (flags.format === 'json') {
    ports.terminal.out(jsonText(policyDocument(examined.value, 'plain')));
    return CODES.ok;
  }
  const { sources, ignoredKeys } = examined.value;
  ports.terminal.out(`The policy is good: ${sources.map(({ path, trusted }) => `${printable(path)}${trusted ? '' : ' (not trusted, and accepted by --insecure-policy)'}`).join(', ')}\n`);
  for (const key of ignoredKeys) ports.terminal.out(`ignored: ${printable(key)} (a key of a newer schema)\n`);
  return CODES.ok;
}

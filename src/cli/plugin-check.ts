import { CODES, type ExitCode, type Failure, ok, type Outcome, type PlugInCheckDocument, type PlugInCheckResult, type PlugInReport, type Ports } from '../model/index.ts';
import { checkPlugIn } from '../plugins/index.ts';
import { jsonText, printable } from '../report/index.ts';
import { inPrivateFolder } from './private-folder.ts';

type CheckPorts = Pick<Ports, 'files' | 'os' | 'proc' | 'sockets' | 'clock' | 'log' | 'sql' | 'terminal'>;

const MARKS = { pass: 'ok', fail: 'FAIL', skipped: 'skip' } as const satisfies Record<PlugInCheckResult['verdict'], string>;
const WIDTH = 22;

/** `glued plugin check PATH`: the conformance kit for whoever writes a plug-in. 0 it keeps the protocol, 2 it cannot be started, 3 it does not keep it. */
export async function pluginCheck(ports: CheckPorts, path: string, output: 'text' | 'json'): Promise<Outcome<ExitCode, Failure>> {
  const tell = output === 'json' ? () => undefined : (result: PlugInCheckResult) => ports.terminal.out(lineOf(result));
  const worked = await inPrivateFolder(ports, (folder) => checkPlugIn(ports, path, folder, tell));
  if (!worked.ok) return worked;
  if (!worked.value.ok) return worked.value;
  const report = worked.value.value;
  const failed = report.checks.filter(({ verdict }) => verdict === 'fail').length;
  const codeName = failed === 0 ? 'ok' : 'plugin-protocol';
  const document: PlugInCheckDocument = { schema: 'glued.plugin-check/1', code: CODES[codeName], codeName, ...report };
  if (output === 'json') ports.terminal.out(jsonText(document));
  else ports.terminal.out(summaryOf(report, failed));
  return ok(CODES[codeName]);
}

function lineOf({ id, title, verdict, found, fix }: PlugInCheckResult): string {
  const more = found === '' ? '' : ` (${found})`;
  const head = `${MARKS[verdict].padEnd(5)}${id.padEnd(WIDTH)}${verdict === 'fail' ? found : `${title}${more}`}`;
  return `${printable(head)}\n${fix === '' ? '' : `${' '.repeat(5 + WIDTH)}${printable(fix)}\n`}`;
}

function summaryOf({ allow, checks }: PlugInReport, failed: number): string {
  const count = (verdict: PlugInCheckResult['verdict']): number => checks.filter((one) => one.verdict === verdict).length;
  const sum = `${count('pass')} of ${checks.length} checks passed, ${failed} failed, ${count('skipped')} could not be made.\n`;
  if (failed > 0 || allow === null) return sum;
  return `${sum}To allow it, put this into plugins.allow of the policy (with the path where it is installed):\n${printable(JSON.stringify(allow))}\n`;
}

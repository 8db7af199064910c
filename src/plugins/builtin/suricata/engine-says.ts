import { readJson } from '../../../formats/json.ts';

/** A rule that the engine refused. `line` and `file` are missing where its own message was cut short. */
export type BrokenRule = { readonly rule: string; readonly file?: string; readonly line?: number; readonly problem: string };

/** What `suricata -T` said. `loaded` undefined: it never said how many rules it loaded. */
export type TestReport = { readonly loaded: number | undefined; readonly failed: number; readonly broken: readonly BrokenRule[] };

/** a message of 2 KiB, with escapes */
const MAX_LINE_BYTES = 64 * 1024;
const SUMMARY = /(\d{1,12}) rules? successfully loaded, (\d{1,12}) rules? failed/;
const REFUSED = /^error parsing signature "(.*?)(?:" from file (.+) at line (\d+))?$/s;

/** Reads the console of the engine, in JSON (7.x, as we ask for it) or in its own lines, `Error: detect: …` and `<Error> - …`. */
export function readReport(stdout: string, stderr: string): TestReport {
  const summary = messagesOf(`${stdout}\n${stderr}`).map(({ text }) => SUMMARY.exec(text)).findLast((found) => found !== null);
  const broken: BrokenRule[] = [];
  let why = '';
  // the reason comes before the rule that it is of, both as errors
  for (const { text, level } of messagesOf(`${stderr}\n${stdout}`)) {
    if (level !== 'Error') continue;
    const [, rule, file, line] = REFUSED.exec(text) ?? [];
    if (rule === undefined) {
      why = text;
      continue;
    }
    broken.push({ rule, problem: why === '' ? 'the engine says no more' : why, ...(file === undefined ? {} : { file, line: Number(line) }) });
    why = '';
  }
  return { loaded: summary?.[1] === undefined ? undefined : Number(summary[1]), failed: Math.max(Number(summary?.[2] ?? 0), broken.length), broken };
}

type Message = { readonly level: string; readonly text: string };

function messagesOf(output: string): readonly Message[] {
  return output.split('\n').flatMap((line): readonly Message[] => {
    if (line.startsWith('{')) return fromJson(line);
    const [, level, text] = /(?:^|[[\s<])(Error|Warning|Notice|Info|E|W|i)(?:>\s-\s(?:\[[^\]]*\]\s-\s)?|:\s(?:[a-z][\w-]*:\s)?)(.*)$/.exec(line) ?? [];
    return level === undefined || text === undefined ? [] : [{ level: level === 'E' ? 'Error' : level, text }];
  });
}

function fromJson(line: string): readonly Message[] {
  const read = readJson(Buffer.from(line), { maxBytes: MAX_LINE_BYTES });
  if (!read.ok) return fromCut(line);
  const said = read.value.value;
  if (typeof said !== 'object' || said === null || !('engine' in said) || !('log_level' in said)) return [];
  const { engine, log_level: level } = said;
  if (typeof engine !== 'object' || engine === null || !('message' in engine) || typeof engine.message !== 'string' || typeof level !== 'string') return [];
  return [{ level, text: engine.message }];
}

/** The engine cuts a long message at 2 KiB in the middle, and with it the end of the JSON. */
function fromCut(line: string): readonly Message[] {
  const [, level, text] = /"log_level":"(\w+)".*?"message":"(.*)$/s.exec(line) ?? [];
  return level === undefined || text === undefined ? [] : [{ level, text: text.replace(/\\$/, '').replace(/\\(["\\/])/g, '$1') }];
}

/** One rule of a rule file, commented out or not. `raw` is the rule itself, on one line and without its comment sign. */
export type Rule = {
  readonly state: 'on' | 'off';
  readonly raw: string;
  readonly gid: number;
  readonly sid: number;
};

const ACTIONS = '(?:alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth)';
/** `# alert tcp any any -> any any (…)`: comment signs, the rule */
const RULE = new RegExp(`^\\s*(#[#\\s]*)?(${ACTIONS}\\s[^(]*\\(.*\\))\\s*$`, 's');

/** A line of a rule file that is a rule; undefined for remarks, blank lines and what the engine will call no rule. */
export function parseRule(line: string): Rule | undefined {
  const [, comment, raw] = RULE.exec(line) ?? [];
  if (raw === undefined) return undefined;
  const options = optionsOf(raw);
  const sid = Number(options.get('sid')?.[0]);
  if (!Number.isSafeInteger(sid) || sid < 0) return undefined;
  return { state: comment === undefined ? 'on' : 'off', raw, sid, gid: Number(options.get('gid')?.[0] ?? 1) };
}

/** The options in the brackets, by name; what is between quotes or escaped is no separator. */
export function optionsOf(raw: string): ReadonlyMap<string, readonly string[]> {
  const options = new Map<string, string[]>();
  const end = raw.lastIndexOf(')');
  let start = raw.indexOf('(') + 1;
  let isQuoted = false;
  // by character codes: a rule set has twenty million of them
  for (let i = start; i <= end; i++) {
    const code = i === end ? SEMICOLON : raw.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === SEMICOLON && (!isQuoted || i === end)) {
      addOption(options, raw.slice(start, i));
      start = i + 1;
    }
  }
  return options;
}

const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

function addOption(options: Map<string, string[]>, text: string): void {
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (name === '') return;
  const value = colon < 0 ? '' : text.slice(colon + 1).trim();
  const known = options.get(name);
  if (known === undefined) options.set(name, [value]);
  else known.push(value);
}

/** Lines as the engine reads them: one that ends with a backslash goes on in the next. `number` is where it begins, from 1. */
export function* logicalLines(text: string): Generator<{ readonly number: number; readonly line: string; readonly written: string }, void> {
  let written: string[] = [];
  let number = 1;
  for (const physical of text.split('\n')) {
    written.push(physical);
    if (/\\\r?$/.test(physical)) continue;
    const line = written.map((part) => part.replace(/\\\r?$/, '')).join('').replace(/\r$/, '');
    yield { number, line, written: written.join('\n') };
    number += written.length;
    written = [];
  }
  if (written.length > 0) yield { number, line: written.join('').replaceAll('\\', ''), written: written.join('\n') };
}

/** How many rules a rule file says that it holds: those that are not commented out. */
export function countRules(text: string): number {
  let count = 0;
  for (const { line } of logicalLines(text)) {
    if (/^\s*[a-z]/.test(line) && line.includes('(')) count++;
  }
  return count;
}

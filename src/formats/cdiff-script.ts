/** The script in a cdiff, one command a line, to steps. */
import { failed, ok, type Outcome } from '../model/index.ts';

/** A line of a member as it was: its number from 1, and what it begins with. */
export type LineMark = { readonly number: number; readonly prefix: Uint8Array };
/** `text` undefined: the line goes. */
export type LineEdit = LineMark & { readonly text: Uint8Array | undefined };

/** What is done to members of a database, in order. `at` is the script's line, for messages. */
export type CdiffStep =
  /** edits in the order of their lines, then what is added at the end; a member that is not there is made */
  | { readonly kind: 'edit'; readonly at: number; readonly name: string; readonly edits: readonly LineEdit[]; readonly added: readonly Uint8Array[] }
  | { readonly kind: 'move'; readonly at: number; readonly from: string; readonly to: string; readonly first: LineMark; readonly last: LineMark }
  | { readonly kind: 'unlink'; readonly at: number; readonly name: string };

/** Commands of one script: each costs some two hundred bytes of memory. */
const MAX_COMMANDS = 1_000_000;
/** no directory, nothing hidden */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._]{0,99}$/;
const LINE_NUMBER = /^[1-9]\d{0,8}$/;
const NEWLINE = 10;
const SPACE = 32;

type Open = { readonly name: string; readonly at: number; readonly edits: Map<number, LineEdit>; readonly added: Uint8Array[] };
type Problem = string | undefined;

/** Every step, or the first line that is none, as a phrase: `its line 12 …`. */
export function parseCdiffScript(script: Uint8Array): Outcome<readonly CdiffStep[], string> {
  const reader = new ScriptReader();
  let at = 0;
  for (let start = 0; start < script.length; ) {
    const found = script.indexOf(NEWLINE, start);
    const end = found < 0 ? script.length : found;
    at++;
    const problem = at > MAX_COMMANDS ? `is one more than the ${MAX_COMMANDS} that are read` : reader.line(script.subarray(start, end), at);
    if (problem !== undefined) return failed(`its line ${at} ${problem}`);
    start = end + 1;
  }
  const left = reader.open;
  return left === undefined ? ok(reader.steps) : failed(`its line ${left.at} opens ${left.name}, and nothing closes it`);
}

class ScriptReader {
  readonly steps: CdiffStep[] = [];
  open: Open | undefined;

  line(line: Uint8Array, at: number): Problem {
    if (line[0] === 0x23) return undefined;
    const [word, rest] = cut(line);
    const command = COMMANDS.get(text(word));
    return command === undefined ? `is no command: ${shown(word)}` : command(this, rest, at);
  }
}

type Command = (reader: ScriptReader, rest: Uint8Array, at: number) => Problem;

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['OPEN', openMember],
  ['CLOSE', closeMember],
  ['ADD', add],
  ['DEL', (reader, rest) => edit(reader, rest, 'DEL')],
  ['XCHG', (reader, rest) => edit(reader, rest, 'XCHG')],
  ['MOVE', move],
  ['UNLINK', unlink],
]);

function openMember(reader: ScriptReader, rest: Uint8Array, at: number): Problem {
  const name = text(rest);
  if (reader.open !== undefined) return `opens ${shown(rest)} while ${reader.open.name} is open`;
  if (!NAME.test(name)) return badName(rest);
  reader.open = { name, at, edits: new Map(), added: [] };
  return undefined;
}

function closeMember(reader: ScriptReader, rest: Uint8Array): Problem {
  const { open } = reader;
  if (open === undefined) return 'closes, and no member is open';
  if (rest.length > 0) return 'has more than CLOSE';
  const edits = [...open.edits.values()].sort((a, b) => a.number - b.number);
  reader.steps.push({ kind: 'edit', at: open.at, name: open.name, edits, added: open.added });
  reader.open = undefined;
  return undefined;
}

function add(reader: ScriptReader, rest: Uint8Array): Problem {
  if (reader.open === undefined) return 'adds, and no member is open';
  if (rest.length === 0) return 'adds nothing';
  reader.open.added.push(rest);
  return undefined;
}

/** `DEL number prefix`, `XCHG number prefix text`. */
function edit(reader: ScriptReader, rest: Uint8Array, command: 'DEL' | 'XCHG'): Problem {
  if (reader.open === undefined) return `edits with ${command}, and no member is open`;
  const [number, after] = cut(rest);
  const [prefix, replacement] = command === 'XCHG' ? cut(after) : [after, undefined];
  if (!LINE_NUMBER.test(text(number))) return `names a line that is none: ${shown(number)}`;
  if (prefix.length === 0 || prefix.includes(SPACE)) return 'does not say with what its line begins';
  if (replacement?.length === 0) return 'exchanges a line for nothing';
  const edited = { number: Number(text(number)), prefix, text: replacement };
  if (reader.open.edits.has(edited.number)) return `edits line ${edited.number} of ${reader.open.name} a second time`;
  reader.open.edits.set(edited.number, edited);
  return undefined;
}

/** `MOVE from to number prefix number prefix`: both lines and all between them go to the end of `to`. */
function move(reader: ScriptReader, rest: Uint8Array, at: number): Problem {
  if (reader.open !== undefined) return `moves while ${reader.open.name} is open`;
  const [from, to, first, firstPrefix, last, lastPrefix, ...more] = text(rest).split(' ');
  if (from === undefined || to === undefined || first === undefined || firstPrefix === undefined || last === undefined || !lastPrefix || more.length > 0) return 'is no whole MOVE';
  const bad = [from, to].find((name) => !NAME.test(name));
  if (bad !== undefined) return badName(Buffer.from(bad, 'latin1'));
  if (from === to) return 'moves lines of a member into itself';
  if (!LINE_NUMBER.test(first) || !LINE_NUMBER.test(last)) return 'names a line that is none';
  if (firstPrefix === '') return 'does not say with what its lines begin';
  // ClamAV looks for the end below the beginning only
  if (Number(last) <= Number(first)) return `moves lines ${first} to ${last}`;
  reader.steps.push({ kind: 'move', at, from, to, first: mark(first, firstPrefix), last: mark(last, lastPrefix) });
  return undefined;
}

function unlink(reader: ScriptReader, rest: Uint8Array, at: number): Problem {
  if (reader.open !== undefined) return `removes ${shown(rest)} while ${reader.open.name} is open`;
  if (!NAME.test(text(rest))) return badName(rest);
  reader.steps.push({ kind: 'unlink', at, name: text(rest) });
  return undefined;
}

/** What is before the first space, and what is after it. */
function cut(line: Uint8Array): [Uint8Array, Uint8Array] {
  const space = line.indexOf(SPACE);
  return space < 0 ? [line, line.subarray(line.length)] : [line.subarray(0, space), line.subarray(space + 1)];
}

const mark = (number: string, prefix: string): LineMark => ({ number: Number(number), prefix: Buffer.from(prefix, 'latin1') });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const shown = (bytes: Uint8Array): string => JSON.stringify(text(bytes.subarray(0, 100)));
const badName = (bytes: Uint8Array): string => `names a member that is not allowed: ${shown(bytes)}`;

/** A cdiff's steps, done to members that are read and written in pieces: a database of any size takes the memory of one line. */
import { failed, ok, type Outcome, unreachable } from '../model/index.ts';
import type { CdiffStep } from './cdiff-script.ts';

/** Bytes in order; a problem ends them. */
export type Pieces = Iterable<Outcome<Uint8Array, string>>;

/** Where the members of a database are while it is changed. */
export interface MemberStore {
  has(name: string): boolean;
  read(name: string): Pieces;
  /** makes a member of `pieces`, which may come from the one of that name: it is replaced when they have all come */
  write(name: string, pieces: Pieces): string | undefined;
  remove(name: string): string | undefined;
}

type EditStep = Extract<CdiffStep, { kind: 'edit' }>;
type MoveStep = Extract<CdiffStep, { kind: 'move' }>;

/** One signature is a line, the longest some hundred thousand bytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Does every step, or says which one cannot be done: `its line 12 …`. What was done before it stays. */
export function applyCdiff(steps: readonly CdiffStep[], store: MemberStore): string | undefined {
  for (const step of steps) {
    const problem = doStep(step, store);
    if (problem !== undefined) return `its line ${step.at} ${problem}`;
  }
  return undefined;
}

function doStep(step: CdiffStep, store: MemberStore): string | undefined {
  switch (step.kind) {
    case 'edit':
      return editMember(step, store);
    case 'move':
      return moveLines(step, store);
    case 'unlink':
      return store.has(step.name) ? store.remove(step.name) : `removes ${step.name}, which is not there`;
    default:
      return unreachable(step);
  }
}

function editMember(step: EditStep, store: MemberStore): string | undefined {
  const isThere = store.has(step.name);
  if (!isThere && (step.edits.length > 0 || step.added.length === 0)) return `opens ${step.name}, which is not there`;
  return store.write(step.name, edited(isThere ? store.read(step.name) : [], step));
}

function* edited(pieces: Pieces, step: EditStep): Generator<Outcome<Uint8Array, string>, void> {
  yield* editLines(pieces, step);
  for (const line of step.added) yield ok(terminated(line));
}

function moveLines(step: MoveStep, store: MemberStore): string | undefined {
  const { from, to, first, last } = step;
  const missing = [from, to].find((name) => !store.has(name));
  if (missing !== undefined) return `moves lines from ${from} to ${to}, and ${missing} is not there`;
  const added = store.write(to, chain(store.read(to), pickLines(store.read(from), step)));
  if (added !== undefined) return added;
  return store.write(from, dropLines(store.read(from), first.number, last.number, from));
}

function* chain(...all: readonly Pieces[]): Generator<Outcome<Uint8Array, string>, void> {
  for (const pieces of all) yield* pieces;
}

/** The lines of a move, which must begin as it says. */
function* pickLines(pieces: Pieces, { from, first, last }: MoveStep): Generator<Outcome<Uint8Array, string>, void> {
  let number = 0;
  for (const line of linesOf(pieces, from)) {
    if (!line.ok) return yield line;
    number++;
    if (number < first.number) continue;
    const mark = number === first.number ? first : number === last.number ? last : undefined;
    if (mark !== undefined && !startsWith(line.value, mark.prefix)) return yield failed(`does not find ${quoted(mark.prefix)} at line ${number} of ${from}`);
    yield ok(terminated(line.value));
    if (number === last.number) return;
  }
  yield failed(`moves lines ${first.number} to ${last.number} of ${from}, which has ${number}`);
}

function* dropLines(pieces: Pieces, first: number, last: number, name: string): Generator<Outcome<Uint8Array, string>, void> {
  let number = 0;
  for (const line of linesOf(pieces, name)) {
    if (!line.ok) return yield line;
    number++;
    if (number < first || number > last) yield ok(terminated(line.value));
  }
}

/** The pieces with some of their lines changed. Stretches without an edit are passed on as they are. */
function* editLines(pieces: Pieces, { edits, name }: EditStep): Generator<Outcome<Uint8Array, string>, void> {
  let next = 0;
  let number = 0;
  for (const piece of wholeLines(pieces, name)) {
    if (!piece.ok) return yield piece;
    const bytes = piece.value;
    let kept = 0;
    for (let start = 0, end = bytes.indexOf(NEWLINE); end >= 0; start = end + 1, end = bytes.indexOf(NEWLINE, start)) {
      const edit = edits[next];
      if (edit === undefined) break;
      if (++number !== edit.number) continue;
      next++;
      if (!startsWith(bytes.subarray(start, end), edit.prefix)) return yield failed(`does not find ${quoted(edit.prefix)} at line ${number} of ${name}`);
      if (start > kept) yield ok(bytes.subarray(kept, start));
      if (edit.text !== undefined) yield ok(terminated(edit.text));
      kept = end + 1;
    }
    if (kept < bytes.length) yield ok(bytes.subarray(kept));
  }
  const left = edits[next];
  if (left !== undefined) yield failed(`edits line ${left.number} of ${name}, which has ${number}`);
}

/** One line at a time, without its newline. */
function* linesOf(pieces: Pieces, name: string): Generator<Outcome<Uint8Array, string>, void> {
  for (const piece of wholeLines(pieces, name)) {
    if (!piece.ok) return yield piece;
    for (let start = 0; start < piece.value.length; ) {
      const end = piece.value.indexOf(NEWLINE, start);
      yield ok(piece.value.subarray(start, end));
      start = end + 1;
    }
  }
}

/** The same bytes in pieces that end with a line; the last line is ended where it was not. */
function* wholeLines(pieces: Pieces, name: string): Generator<Outcome<Uint8Array, string>, void> {
  let rest = new Uint8Array(0);
  for (const piece of pieces) {
    if (!piece.ok) return yield piece;
    const end = piece.value.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const head = piece.value.subarray(0, end);
      yield ok(rest.length === 0 ? head : Buffer.concat([rest, head]));
      rest = piece.value.slice(end);
    } else rest = new Uint8Array(Buffer.concat([rest, piece.value]));
    if (rest.length > MAX_LINE_BYTES) return yield failed(`finds a line of more than ${MAX_LINE_BYTES} bytes in ${name}`);
  }
  if (rest.length > 0) yield ok(terminated(rest));
}

const startsWith = (line: Uint8Array, prefix: Uint8Array): boolean => prefix.every((byte, i) => line[i] === byte);

function terminated(line: Uint8Array): Uint8Array {
  const out = new Uint8Array(line.length + 1);
  out.set(line);
  out[line.length] = NEWLINE;
  return out;
}

const quoted = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));

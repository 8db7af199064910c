import { readJson } from '../formats/json.ts';
import { parseShape, pathText } from '../formats/shape.ts';
import { type Failure, ok, type Outcome, type Ports, type StatusDocument } from '../model/index.ts';
import { STATUS } from './document-shapes.ts';
import { ioFailed } from './failures.ts';
import { readableFolder } from './folder.ts';
import { LAYOUT, pathOf } from './layout.ts';

/** status.json as it was found. `damaged`: the next run writes it anew. */
export type StatusRead =
  | { readonly kind: 'document'; readonly document: StatusDocument; /** as it was written: a newer agent's keys too */ readonly raw: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly path: string; readonly problem: string };

const MAX_BYTES = 64 * 1024 * 1024;

/** Reads status.json, which anyone may read; needs no lock, since it is replaced whole. */
export function readStatus(ports: Pick<Ports, 'files'>, dir: string): Outcome<StatusRead, Failure> {
  const path = pathOf(dir, 'status');
  const read = ports.files.read(path, MAX_BYTES);
  if (!read.ok) {
    if (read.failure.kind === 'absent') {
      const folder = readableFolder(ports, dir);
      return folder.ok ? ok({ kind: 'absent' }) : folder;
    }
    if (read.failure.kind === 'denied') return ioFailed(read.failure);
    return ok({ kind: 'damaged', path, problem: read.failure.detail });
  }
  const json = readJson(read.value, { maxBytes: MAX_BYTES });
  if (!json.ok) return ok({ kind: 'damaged', path, problem: `line ${json.failure[0]?.line ?? 1}: ${json.failure[0]?.found ?? 'not JSON'}` });
  const parsed = parseShape(STATUS, json.value.value);
  if ('value' in parsed) return ok({ kind: 'document', document: parsed.value, raw: json.value.value });
  const [first] = parsed.problems;
  return ok({ kind: 'damaged', path, problem: first === undefined ? 'not a status document' : `${pathText(first.path)} is ${first.found}` });
}

/** Replaces status.json, readable by all: old or new, never half. */
export function writeStatus(ports: Pick<Ports, 'files'>, dir: string, status: StatusDocument): Outcome<undefined, Failure> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(status, null, 2)}\n`);
  const written = ports.files.replace(pathOf(dir, 'status'), bytes, LAYOUT.status.mode);
  return written.ok ? ok() : ioFailed(written.failure);
}

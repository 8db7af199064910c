import { basename, dirname } from 'node:path';
import { type ExitCode, fail, type Failure, failureText, type IoFailure, ok, type Outcome, type Ports, type TraceRecord } from '../model/index.ts';
import type { Trace } from '../net/index.ts';
import { harDocument, jsonText, printable } from '../report/index.ts';

/** How a file of ours begins: enough to know that nobody misses it. */
const OURS = /^\{\s*"log":\s*\{\s*"version":\s*"1\.2",\s*"creator":\s*\{\s*"name":\s*"glued"/;
const HEAD_BYTES = 256;

/** It tells what a machine asks for, and where: for its owner alone. */
const MODE = 0o600;

/**
 * Whether a trace can be written at `path`, found out before the run begins: a folder that we can write in, and nothing but a plain file
 * in its place. Never through a link: whoever placed it would choose what is overwritten. Nor over anything but an earlier trace: it may be a policy.
 */
export function checkTraceFile({ files }: Pick<Ports, 'files'>, path: string): Outcome<undefined, Failure> {
  const bad = (problem: string): Outcome<undefined, Failure> => fail('trace-unwritable', { path, problem });
  if (basename(path) === '-') return bad('a trace goes into a file, stdout is for the result');
  const seen = files.stat(path);
  if (seen.ok && seen.value.type !== 'file') return bad(seen.value.type === 'link' ? 'it is a link' : `there is a ${seen.value.type} of that name`);
  if (!seen.ok && seen.failure.kind !== 'absent') return bad(problemText(seen.failure));
  if (seen.ok && seen.value.size > 0 && !isTrace({ files }, path)) return bad('a file that is no trace is there, and it is left as it is');
  const folder = files.statFollowing(dirname(path));
  if (!folder.ok) return bad(folder.failure.kind === 'absent' ? `the folder ${dirname(path)} is not there` : problemText(folder.failure));
  const temporary = files.temporaryName(path);
  const tried = files.create(temporary, MODE);
  if (!tried.ok) return bad(problemText(tried.failure));
  tried.value.close();
  files.remove(temporary);
  return ok();
}

function isTrace({ files }: Pick<Ports, 'files'>, path: string): boolean {
  const opened = files.open(path);
  if (!opened.ok) return false;
  const head = new Uint8Array(HEAD_BYTES);
  const read = opened.value.read(head);
  opened.value.close();
  return read.ok && OURS.test(new TextDecoder().decode(head.subarray(0, read.value)));
}

/** Writes what was recorded, whole or not at all. A failure is told and changes no exit code: the run's own result stands. */
export function writeTrace(ports: Pick<Ports, 'files' | 'terminal'>, path: string, record: TraceRecord, agentVersion: string): void {
  const sound = checkTraceFile(ports, path);
  const written = sound.ok ? ports.files.replace(path, new TextEncoder().encode(jsonText(harDocument(record, agentVersion))), MODE) : undefined;
  const problem = sound.ok ? (written?.ok === false ? `${path}: ${problemText(written.failure)}` : undefined) : failureText(sound.failure);
  if (problem !== undefined) ports.terminal.err(`glued: the trace was not written: ${printable(problem)}\n`);
}

const problemText = ({ kind, detail }: IoFailure): string => (kind === 'denied' ? `permission denied (${detail})` : detail);

/** A command with its trace: checked before it begins, written however it ends. */
export async function withTrace(
  ports: Pick<Ports, 'files' | 'terminal' | 'clock'>,
  path: string,
  agentVersion: string,
  work: (trace: Trace) => Promise<ExitCode>,
): Promise<Outcome<ExitCode, Failure>> {
  const sound = checkTraceFile(ports, path);
  if (!sound.ok) return sound;
  const { createTrace } = await import('../net/index.ts');
  const trace = createTrace(ports.clock);
  try {
    return ok(await work(trace));
  } finally {
    writeTrace(ports, path, trace.record(), agentVersion);
  }
}

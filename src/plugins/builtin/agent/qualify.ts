import { join } from 'node:path';
import { type Failure, fail, type Job, ok, type Outcome, type Remarks, type RunPlace } from '../../../model/index.ts';
import { ioProblem } from '../../io-failures.ts';
import { formatProblem } from './format.ts';
import { programOf } from './place.ts';
import { practise } from './practise.ts';
import { rehearse } from './rehearse.ts';
import { startAgent, untried, versionOf } from './start.ts';
import type { AgentPorts, Trial } from './trial.ts';

/**
 * Does an unpacked agent qualify? It is a program for this machine, says the version that its release promises, knows this machine from a
 * copy of its state (`rehearse`), and installs and updates content by itself (`practise`). All of it as a child of this agent, which looks
 * at what is there afterwards; nothing outside the scratch folder is written. 11 where it does not, with its last words.
 */
export async function qualify(ports: AgentPorts, place: RunPlace | undefined, job: Job): Promise<Outcome<Remarks | undefined, Failure>> {
  const { component, next } = job;
  const unfit = (problem: string): Outcome<never, Failure> => fail('agent-unfit', { component: component.id, version: next.version, problem });
  const program = programOf(ports.files, next);
  if ('problem' in program) return unfit(program.problem);
  const strange = formatProblem(ports, program.path);
  if (strange !== undefined) return unfit(strange);
  const trial = begin(ports, job, program.path);
  if (!trial.ok) return trial;
  const version = await versionOf(ports, job, program.path);
  if (!version.ok) return untried(job, version.failure);
  if (version.value !== next.version) return unfit(`it says that it is glued ${version.value}, and its release says ${next.version}`);
  if (place === undefined) return ok();
  const tried = await tryOut(trial.value, place);
  ports.files.removeTree(trial.value.folder);
  return tried.ok ? ok({ notes: [`${component.id} ${next.version} qualified: it knows this machine, and installed and updated content of a trial.`] }) : tried;
}

async function tryOut(trial: Trial, place: RunPlace): Promise<Outcome<undefined, Failure>> {
  const rehearsed = await rehearse(trial, place);
  if (!rehearsed.ok) return rehearsed;
  const practised = await practise(trial);
  return practised.ok ? ok() : untried(trial.job, practised.failure);
}

function begin(ports: AgentPorts, job: Job, program: string): Outcome<Trial, Failure> {
  const folder = join(job.scratch, 'agent');
  const cleared = ports.files.removeTree(folder);
  const made = cleared.ok ? ports.files.makeFolder(folder, 0o700) : cleared;
  if (!made.ok) return untried(job, { kind: 'machine', problem: `${made.failure.op} of ${made.failure.path} failed (${ioProblem(made.failure)})`, detail: made.failure.detail });
  const end = ports.clock.monotonic() + job.verify.timeoutSeconds * 1000;
  const leftMs = (): number => Math.max(1, Math.round(end - ports.clock.monotonic()));
  return ok({ ports, job, program, folder, leftMs, call: (ask) => startAgent(ports, job, program, { ...ask, timeoutMs: leftMs() }) });
}

import { dirname } from 'node:path';
import { type Component, type EngineLife, type Failure, fail, failed, type Inventory, type Job, ok, type Outcome, type PlugIn, type Ports, type RunPlace } from '../../../model/index.ts';
import { distrustOf } from '../../../state/index.ts';
import { ioProblem, readFailed } from '../../io-failures.ts';
import { noLicense } from '../../no-license.ts';
import { foreignAt, type Standing, standingAt } from '../files/install-path.ts';
import { takeInventory } from '../files/inventory.ts';
import { confirm, restore } from '../files/swap.ts';
import { previousOf } from './place.ts';
import { untried, versionOf } from './start.ts';
import { finish, swap } from './swap.ts';
import type { AgentPorts } from './trial.ts';

/**
 * The `agent` plug-in: glued itself, one executable at the install path, kept and swapped as `files` keeps and swaps a file. A new one
 * qualifies in the test stage by whole runs on scratch state, and must run from the install path before it is confirmed. `place` is what
 * it is tried with; without one (recovery) nothing is tried.
 */
export function createAgentPlugIn(ports: AgentPorts, place: RunPlace | undefined): PlugIn {
  const { files } = ports;
  return {
    id: 'agent',
    inventory: async (component, depth) => {
      const taken = takeInventory(files, component, depth);
      return taken.ok ? ok({ ...taken.value, loaded: runningOne(ports, component, place) }) : taken;
    },
    license: async (component, release) => noLicense(component, release),
    check: async (component) => check(ports, component),
    test: async (job) => (await import('./qualify.ts')).qualify(ports, place, job),
    swap: async (job) => swap(ports, place, job),
    confirm: async (job) => {
      const inPlace = confirm(files, job);
      return inPlace.ok ? runsThere(ports, job) : inPlace;
    },
    prove: async (job) => (place === undefined ? ok() : (await import('./prove.ts')).prove(ports, place, job)),
    restore: async (job) => restore(files, job),
    finish: async (job) => finish(files, job),
    alive: async (component) => lifeOf(ports, component),
  };
}

/** The version that runs, where the running agent is the one of the install path. */
function runningOne({ os }: AgentPorts, component: Component, place: RunPlace | undefined): Inventory['loaded'] {
  return place !== undefined && os.program().at(-1) === component.installPath ? place.agentVersion : null;
}

/**
 * Nobody needs to ask whether an agent runs that makes runs. Only the one before it, started by its own name, does so because a service manager
 * saw the new one fail.
 */
function lifeOf({ os, clock }: AgentPorts, component: Component): EngineLife {
  const program = os.program().at(-1);
  if (program !== previousOf(component)) return { kind: 'none' };
  return { kind: 'dead', since: clock.now(), detail: `the service manager started ${program} because ${component.installPath} failed`, lastWords: '' };
}

/** Before a byte is fetched: nothing foreign is at the install path, and nobody but root and ourselves can change what lies there. */
function check(ports: AgentPorts, component: Component): Outcome<undefined, Failure> {
  const { files } = ports;
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const path = component.installPath;
  const found = foreignKind(files, component, standing.value);
  if (found !== undefined) return fail('install-path-foreign', { component: component.id, path, found });
  const there = standing.value.kind === 'absent' ? dirname(path) : path;
  const stat = files.stat(there);
  if (!stat.ok) return stat.failure.kind === 'absent' ? ok() : failed(readFailed(component.id, stat.failure));
  const distrust = distrustOf(ports, there, stat.value);
  const about = { component: component.id, path };
  if (distrust?.kind === 'unseen') return fail('agent-path-unseen', { ...about, target: distrust.target, problem: ioProblem(distrust.cause) });
  if (distrust !== undefined) return fail('agent-path-open', { ...about, target: distrust.target, owner: distrust.owner, mode: distrust.mode, command: distrust.command });
  return ok();
}

/** What may not be replaced. An agent that is there and was not adopted is: there would be no way back to it. */
function foreignKind(files: Ports['files'], component: Component, standing: Standing): string | undefined {
  if (standing.kind === 'ours') return 'a link';
  if (standing.kind === 'file' && component.installed === null) return 'an agent that was not taken over, so that there is no way back to it';
  return foreignAt(files, component, standing, null);
}

/** The new agent starts where it was put, and says the version that the release promises. A kept one from before glued has no version to promise. */
async function runsThere(ports: AgentPorts, job: Job): Promise<Outcome<{ readonly loaded: string }, Failure>> {
  const { component, next } = job;
  const made = ports.files.makeFolder(job.scratch, 0o700);
  if (!made.ok) return fail('agent-not-confirmed', { component: component.id, version: next.version, path: component.installPath, problem: ioProblem(made.failure) });
  const version = await versionOf(ports, job, component.installPath);
  if (version.ok && (version.value === next.version || next.sequence === 0)) return ok({ loaded: version.value });
  if (!version.ok && version.failure.kind === 'interrupted') return untried(job, version.failure);
  const problem = version.ok ? `it says that it is ${version.value}` : version.failure.kind === 'interrupted' ? '' : version.failure.problem;
  const detail = version.ok || version.failure.kind === 'interrupted' ? undefined : version.failure.detail;
  return fail('agent-not-confirmed', { component: component.id, version: next.version, path: component.installPath, problem }, detail);
}

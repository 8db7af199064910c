import { join } from 'node:path';
import { exitOf, fail, type Failure, ok, type Os, type Outcome, type ServiceDocument, type Uncovered } from '../model/index.ts';
import { ensureStateFolder } from '../state/index.ts';
import { editedOne, removeAll, type Standing, standings, writeAll } from './files.ts';
import { checkProgram, gather, type Gathered, type ServiceOptions } from './gather.ts';
import { LAUNCHD } from './launchd.ts';
import type { Manager, ServicePorts } from './manager.ts';
import { readinessOf } from './readiness.ts';
import { runSteps } from './steps.ts';
import { SYSTEMD } from './systemd/index.ts';
import { TASK_SCHEDULER } from './task-scheduler.ts';

/** The service manager of each system. */
const MANAGERS: Readonly<Record<Os['platform'], Manager | undefined>> = { linux: SYSTEMD, darwin: LAUNCHD, win32: TASK_SCHEDULER, other: undefined };

/** One machine, or a folder that will be one, looked at. `runs`: the manager can be asked. */
type Scene = Gathered & { readonly manager: Manager; readonly root: string; readonly runs: boolean; readonly standing: readonly Standing[] };

async function sceneOf(ports: ServicePorts, options: ServiceOptions): Promise<Outcome<Scene, Failure>> {
  const manager = MANAGERS[ports.os.platform];
  if (manager === undefined) return fail('service-unsupported', { platform: ports.os.platform });
  const gathered = await gather(ports, options);
  if (!gathered.ok) return gathered;
  const unfit = manager.unfit(gathered.value.facts);
  if (unfit !== undefined) return fail('service-path-unfit', { path: unfit });
  const root = options.root ?? '';
  const standing = standings(ports.files, manager, root, manager.files(gathered.value.facts));
  return ok({ ...gathered.value, manager, root, runs: options.root === undefined && manager.runs(ports), standing });
}

/** Windows says by itself who may not. */
const mayChange = ({ os }: ServicePorts, { root }: ServiceOptions): boolean => root !== undefined || os.platform === 'win32' || os.uid === 0;

/**
 * Writes the service's files, and where the manager runs starts what they describe. It may be repeated, and finishes what was begun. A file
 * that somebody else changed stops it before anything is written (26), as does a program that others could replace (22).
 */
export async function installService(ports: ServicePorts, options: ServiceOptions): Promise<Outcome<ServiceDocument, Failure>> {
  if (!mayChange(ports, options)) return fail('service-needs-root', {});
  const trusted = checkProgram(ports);
  if (!trusted.ok) return trusted;
  const found = await sceneOf(ports, options);
  if (!found.ok) return found;
  const scene = found.value;
  const edited = editedOne(scene.standing);
  if (edited !== undefined) return { ok: false, failure: edited };
  // what systemd may write must be there when it starts; its own state folder it makes itself
  const state = options.statePlace === 'named' ? ensureStateFolder(ports, join(scene.root, options.stateDir)) : ok();
  if (!state.ok) return state;
  const written = writeAll(ports.files, scene.standing);
  if (!written.ok) return written;
  const started = scene.runs ? await runSteps(ports, scene.manager.start(texts(scene))) : ok([notStarted(scene, options)]);
  return started.ok ? document(ports, scene, 'install', written.value, started.value) : started;
}

/** Stops the service and removes what `install` wrote, no more: drop-ins of others, edited files, state and log stay. */
export async function removeService(ports: ServicePorts, options: ServiceOptions): Promise<Outcome<ServiceDocument, Failure>> {
  if (!mayChange(ports, options)) return fail('service-needs-root', {});
  const found = await sceneOf(ports, options);
  if (!found.ok) return found;
  const scene = found.value;
  const { before, after } = scene.manager.stop(texts(scene));
  const isOurs = scene.standing.some(({ state }) => state === 'same' || state === 'differs');
  const isPackaged = scene.standing.some(({ state }) => state === 'supplied');
  const stopped = scene.runs && isOurs && !isPackaged ? await runSteps(ports, before) : ok([]);
  if (!stopped.ok) return stopped;
  const removed = removeAll(ports.files, scene.standing);
  if (!removed.ok) return removed;
  const told = scene.runs && isOurs ? await runSteps(ports, after) : ok([]);
  if (!told.ok) return told;
  const kept = removed.value.filter(({ state }) => state === 'edited').map(({ path }) => `${path} was changed by hand and is left as it is.`);
  const packaged = isPackaged ? ['The units of the package are left to it: remove the package to be rid of them.'] : [];
  return document(ports, { ...scene, notes: [] }, 'remove', removed.value, [...stopped.value, ...told.value, ...kept, ...packaged]);
}

/** How files and units stand; changes nothing. */
export async function serviceStatus(ports: ServicePorts, options: ServiceOptions): Promise<Outcome<ServiceDocument, Failure>> {
  const found = await sceneOf(ports, options);
  if (!found.ok) return found;
  const files = found.value.standing.map(({ at, state }) => ({ path: at, state }));
  return document(ports, found.value, 'status', files, []);
}

const texts = ({ standing }: Scene): readonly Standing['file'][] => standing.map(({ file }) => file);

function notStarted({ manager, root }: Scene, options: ServiceOptions): string {
  const why = options.root === undefined ? `${manager.name} does not run here` : 'another root was named';
  return `The files are written; nothing was started, since ${why}. ${manager.byHand(options.root === undefined ? null : root)}`;
}

async function document(
  ports: ServicePorts,
  scene: Scene,
  action: ServiceDocument['action'],
  files: ServiceDocument['files'],
  notes: readonly string[],
): Promise<Outcome<ServiceDocument, Failure>> {
  const { manager, root, runs, facts, components } = scene;
  const looked = runs ? await manager.look(ports) : ok([]);
  if (!looked.ok) return looked;
  const uncovered = action === 'remove' ? [] : manager.uncovered(ports.files, root, components);
  return ok({
    schema: 'glued.service/1',
    action,
    code: exitOf('ok'),
    codeName: 'ok',
    readiness: readinessOf({ files, units: looked.value, managerRuns: runs }, manager.waiting),
    manager: manager.name,
    managerRuns: runs,
    root: root === '' ? null : root,
    program: facts.program,
    files,
    units: looked.value,
    uncovered,
    notes: [...scene.notes, ...notes, ...uncovered.map(uncoveredText)],
  });
}

/** What is missing, and how to mend it. */
export function uncoveredText({ component, path, problem }: Uncovered): string {
  return problem === 'absent'
    ? `The service cannot update ${component} while ${path} is not there: make that folder (it is looked for when glued.service starts).`
    : `The service may not write ${path}, where ${component} is installed: run glued service install, which lets it.`;
}

/** The same for one component that was just registered, on this machine; undefined where there is nothing to say. */
export function coverageNote(ports: Pick<ServicePorts, 'files' | 'os'>, component: Gathered['components'][number]): string | undefined {
  const [one] = MANAGERS[ports.os.platform]?.uncovered(ports.files, '/', [component]) ?? [];
  return one === undefined ? undefined : uncoveredText(one);
}

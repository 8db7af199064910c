import { failure, rfc3339 } from '../model/index.ts';
import { examineDatabase, examineFolder, examineLock } from '../state/index.ts';
import { checkSpace, spaceAt } from '../transfer/index.ts';
import { broken, type CheckRow, fine, warned } from './finding.ts';
import type { Scene } from './scene.ts';

/** No run takes as long: every stage has its own limit. */
const LONG_RUN_HOURS = 6;
/** Less is told before it stops updates: a scanner's databases, packed, unpacked and under test, take several hundred megabytes. */
const LOW_BYTES = 512 * 1024 * 1024;
const LOW_INODES = 1000;
const HOUR_MS = 3_600_000;

const portsOf = ({ world: { ports, probe } }: Scene) => ({ ...ports, probe });

export const STATE_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'state-folder',
    title: 'state folder',
    needs: [],
    codes: ['state'],
    look(scene) {
      const { stateDir } = scene.options;
      const seen = examineFolder(portsOf(scene), stateDir);
      if (!seen.ok) return broken(seen.failure, [`as user ${scene.world.ports.os.uid}`]);
      if (seen.value.kind === 'absent') return fine(`${stateDir} is not there yet; the first run makes it`);
      const { uid, mode } = seen.value.stat;
      const what = `${stateDir}: owner ${uid}, mode ${mode.toString(8).padStart(4, '0')}`;
      return fine(`${what}, can be written`, [what]);
    },
  },
  {
    id: 'state-database',
    title: 'state database',
    needs: [],
    codes: ['state'],
    look(scene) {
      const seen = examineDatabase(portsOf(scene), scene.options.stateDir);
      // damage costs history, never an update
      if (!seen.ok) return seen.failure.why === 'state-database-unsound' ? warned(seen.failure) : broken(seen.failure);
      if (seen.value === null) return fine('there is none yet; the first run makes it');
      const { path, unfinished, quarantine } = seen.value;
      const evidence = [`${path}: sound`, ...quarantine.map((one) => `in quarantine: ${one}`)];
      // what a run has begun is the run's to finish
      const interrupted = unfinished > 0 && examineLock(portsOf(scene), scene.options.stateDir) === null;
      if (interrupted) return warned(failure('doctor-unfinished', { count: unfinished }), evidence);
      return fine(`${path} is sound${quarantine.length === 0 ? '' : `; ${quarantine.length} in quarantine`}`, evidence);
    },
  },
  {
    id: 'lock',
    title: 'run lock',
    needs: [],
    codes: [],
    look(scene) {
      const holder = examineLock(portsOf(scene), scene.options.stateDir);
      if (holder === null) return fine('no run is going on');
      const { pid, command, since } = holder;
      const hours = Math.floor((scene.now - since) / HOUR_MS);
      const what = `pid ${pid}, ${command}, since ${rfc3339(since)}`;
      if (hours >= LONG_RUN_HOURS) return warned(failure('doctor-run-long', { hours, pid, command, since: rfc3339(since) }), [what]);
      return fine(`a run is going on: ${what}`, [what]);
    },
  },
];

/** A place that must have room. */
export type Room = { readonly path: string; readonly purpose: string };

/** The state, and each component's install path. */
export function rooms({ options, components }: Scene): readonly Room[] {
  return [{ path: options.stateDir, purpose: 'state and cache' }, ...components.map(({ id, installPath }) => ({ path: installPath, purpose: `content of ${id}` }))];
}

export const DISK_CHECKS: readonly CheckRow<Room>[] = [
  {
    id: 'disk',
    title: 'disk space',
    needs: [],
    codes: ['disk-space', 'state'],
    look({ world: { ports } }, { path, purpose }) {
      // one byte beyond the reserve that a run always keeps free
      const enough = checkSpace(ports, [{ path, bytes: 1, files: 1, purpose }]);
      if (!enough.ok) return broken(enough.failure);
      const space = spaceAt(ports.files, path);
      if (!space.ok) return broken(failure('disk-unknown', { path, reason: space.failure.detail }));
      const { freeBytes, freeInodes } = space.value;
      const free = sizeText(freeBytes);
      const inodes = freeInodes === Number.MAX_SAFE_INTEGER ? 'any number of' : String(freeInodes);
      const evidence = [`${path}: ${freeBytes} bytes free, ${inodes} files`];
      if (freeBytes < LOW_BYTES || freeInodes < LOW_INODES) return warned(failure('doctor-space-low', { path, free, inodes }), evidence);
      return fine(`${purpose}: ${free} free`, evidence);
    },
  },
];

function sizeText(bytes: number): string {
  const mib = bytes / (1024 * 1024);
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib.toFixed(1)} MiB`;
}

export const COOLDOWN_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'cooldown',
    title: 'cooldowns',
    needs: ['state-database'],
    codes: ['cooling-down'],
    look(scene) {
      const seen = examineDatabase(portsOf(scene), scene.options.stateDir);
      const running = (seen.ok ? (seen.value?.cooldowns ?? []) : []).filter(({ until }) => until > scene.now);
      const [first] = running;
      if (first === undefined) return fine('no server asked us to wait');
      const evidence = running.map(({ server, since, until }) => `${server}: asked on ${rfc3339(since)} to wait until ${rfc3339(until)}`);
      const cooling = failure('doctor-cooling-down', { server: first.server, until: rfc3339(first.until) });
      const servers = scene.policy?.policy.servers.length ?? 0;
      return servers > 0 && running.length >= servers ? broken(cooling, evidence) : warned(cooling, evidence);
    },
  },
];

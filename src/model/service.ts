import type { CodeName } from './codes.ts';
import type { ComponentId } from './ids.ts';
import type { Timestamp } from './result.ts';

/** What starts programs on a machine by itself. */
export const SERVICE_MANAGERS = ['systemd', 'launchd', 'task-scheduler'] as const;
export type ServiceManager = (typeof SERVICE_MANAGERS)[number];

/**
 * How a file of the service stands. same: as this version writes it. differs: ours, as another version or other facts wrote it. edited:
 * changed by somebody else, or never ours. missing: not there. supplied: a package's own, and as this version writes it. written, removed:
 * just now.
 */
export const SERVICE_FILE_STATES = ['same', 'differs', 'edited', 'missing', 'supplied', 'written', 'removed'] as const;
export type ServiceFileState = (typeof SERVICE_FILE_STATES)[number];

/** One unit, agent or task. null: nobody could say, because the manager does not run or was not asked. */
export type ServiceUnit = {
  readonly name: string;
  readonly installed: boolean;
  readonly enabled: boolean | null;
  readonly active: boolean | null;
  /** when a timer fires next */
  readonly next: Timestamp | null;
};

/**
 * Does the machine start glued by itself? ready: yes. stopped: all is installed, and what waits for the time or a request does not run.
 * incomplete: files or units are missing, of another version, or not enabled. not-asked: the files are as they should be, and no manager
 * runs here (an image, a container) that could say more.
 */
export const SERVICE_READINESS = ['ready', 'stopped', 'incomplete', 'not-asked', 'not-installed'] as const;
export type ServiceReadiness = (typeof SERVICE_READINESS)[number];

/** A component whose folder the hardened service may not write. absent: it is not there when the service starts. */
export type Uncovered = { readonly component: ComponentId; readonly path: string; readonly problem: 'not-listed' | 'absent' };

/** `glued.service/1`: the service on this machine, or below another root. */
export type ServiceDocument = {
  readonly schema: 'glued.service/1';
  readonly action: 'install' | 'remove' | 'status';
  readonly code: number;
  readonly codeName: CodeName;
  readonly readiness: ServiceReadiness;
  readonly manager: ServiceManager;
  /** the manager runs here; false below another root */
  readonly managerRuns: boolean;
  /** the folder that stands for /, or null: this machine */
  readonly root: string | null;
  /** what the service starts, without the command's own words */
  readonly program: readonly string[];
  readonly files: readonly { readonly path: string; readonly state: ServiceFileState }[];
  readonly units: readonly ServiceUnit[];
  readonly uncovered: readonly Uncovered[];
  /** what a person should know or do */
  readonly notes: readonly string[];
};

import type { ServiceDocument, ServiceFileState, ServiceReadiness, ServiceUnit } from '../../model/index.ts';
import { type Cell, cell, type Look, minuteText, type Paint, paint, table } from './look.ts';
import { notesBlock } from './parts.ts';

/** What a file's state means to a reader. */
const FILE_TEXTS = {
  same: 'as it should be',
  differs: 'not what this version writes: run glued service install',
  edited: 'changed by hand, or not ours',
  missing: 'not there',
  supplied: "the package's",
  written: 'written',
  removed: 'removed',
} as const satisfies Record<ServiceFileState, string>;
const BAD: ReadonlySet<ServiceFileState> = new Set(['differs', 'edited', 'missing']);

/** What a reader wants to know first. */
const READINESS_TEXTS = {
  ready: 'the service is ready: this machine starts glued by itself',
  stopped: 'the service is installed and stopped: nothing starts glued now; glued service install starts it',
  incomplete: 'the service is incomplete, see below; glued service install mends what is not changed by hand',
  'not-asked': 'the service is installed; whether it is started cannot be seen from here',
  'not-installed': 'the service is not installed; glued service install does that',
} as const satisfies Record<ServiceReadiness, string>;

/** Files, units and what is to be known of them. */
export function renderService(document: ServiceDocument, look: Look): string {
  const { files, units, notes, manager, action } = document;
  const heading = `${manager}: ${summary(document)}`;
  const rows = files.map(({ path, state }): readonly Cell[] => [{ text: FILE_TEXTS[state], ...(BAD.has(state) && action === 'status' ? { paint: 'warn' as Paint } : {}) }, cell(path)]);
  const table1 = table({ ...look, columns: Number.MAX_SAFE_INTEGER }, ['file is', 'path'], rows);
  const second = units.length === 0 ? '' : `\n${table(look, ['unit', 'installed', 'enabled', 'running', 'next'], units.map(unitRow))}`;
  return `${paint(look, 'bold', heading)}\n\n${table1}${second}${notesBlock(look, notes)}`;
}

function summary({ action, files, managerRuns, root, readiness }: ServiceDocument): string {
  const where = root === null ? '' : ` below ${root}`;
  const count = (state: ServiceFileState): number => files.filter((f) => f.state === state).length;
  switch (action) {
    case 'install':
      return `the service is installed${where}${managerRuns ? ' and started' : ', and not started'}`;
    case 'remove':
      return `${count('removed')} files of the service were removed${where}`;
    case 'status':
      return `${READINESS_TEXTS[readiness]}${where === '' ? '' : ` (${where.trim()})`}`;
  }
}

function unitRow({ name, installed, enabled, active, next }: ServiceUnit): readonly Cell[] {
  return [cell(name), ...[installed, enabled, active].map(answer), cell(next === null ? '-' : minuteText(next))];
}

const answer = (value: boolean | null): Cell => cell(value === null ? '-' : value ? 'yes' : 'no');

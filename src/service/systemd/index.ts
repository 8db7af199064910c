/** systemd: units, what they may do, and systemctl. */
import { pathsOf } from '../facts.ts';
import type { Manager } from '../manager.ts';
import { byHand, look, runs, startSteps, stopSteps } from './control.ts';
import { uncovered } from './coverage.ts';
import { isUnfit } from './text.ts';
import { PACKAGE_FOLDERS, systemdFiles, WAITING_UNITS } from './units.ts';

export const SYSTEMD: Manager = {
  name: 'systemd',
  files: systemdFiles,
  unfit: (facts) => (isUnfit(facts.program[0], 'program') ? facts.program[0] : pathsOf(facts).find((path) => isUnfit(path))),
  packageFolders: PACKAGE_FOLDERS,
  runs,
  start: startSteps,
  stop: stopSteps,
  byHand,
  waiting: WAITING_UNITS,
  look,
  uncovered,
};

import type { ReasonRow } from '../reason-row.ts';

/** Reasons: why the next scheduled run is due when it is due (`next.reason`), and what is due without a run (`next.probation.reason`). */
export const SCHEDULE_REASONS = {
  'next-first': { means: 'note', text: 'No run was made here yet.', remedy: '' },
  'next-period': { means: 'note', text: 'Runs are {every} minutes apart, and this machine comes {place} minutes after the first ones.', remedy: '' },
  'next-daily': { means: 'note', text: 'Runs are at {times} ({zone}), and this machine comes {place} minutes after the first ones.', remedy: '' },
  'next-window': { means: 'note', text: 'It waits for the windows of policy; the next one opens at {opens}.', remedy: '' },
  'next-retry': { means: 'note', text: 'What failed ({runs} in a row) is tried again until {until}.', remedy: '' },
  'next-missed': { means: 'note', text: 'The run of {missed} was missed while the machine was off or asleep, and follows soon after it is back.', remedy: '' },
  'next-only-if': { means: 'note', text: 'Policy wants scheduled runs only from {met} on ({key}).', remedy: '' },
  'next-battery': { means: 'note', text: 'The machine runs on battery, and policy lets scheduled runs wait for the mains until {stale} ({key}).', remedy: '' },
  'next-metered': { means: 'note', text: 'The network costs by the byte, and policy lets scheduled runs wait for another one until {stale} ({key}).', remedy: '' },
  'next-cooling': { means: 'note', text: 'Every server asked us to wait; the first may be asked again at {until}.', remedy: '' },
  'next-probation': { means: 'note', text: 'The probation of {components} ends: a daemon judges it then; without one, the next run or `glued recover` does.', remedy: '' },
} as const satisfies Record<string, ReasonRow>;

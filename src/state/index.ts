/**
 * state: sole owner of the state folder. In: the ports and the folder's path. Out: the run lock, and an open State: journal, history,
 * quarantine, cooldowns, trusted metadata, cached packages, status.json. What is found damaged is set aside or dropped with a note,
 * and never stops an update. It knows nothing of what the parts are used for.
 */
export { copyState, keepDatabase } from './copy.ts';
export { ioFailed } from './failures.ts';
export { type DatabaseSeen, examineDatabase, examineFolder, examineLock, type FolderSeen } from './examine.ts';
export { ensureStateFolder, readableFolder } from './folder.ts';
export { parseRunDocument, RUN as RUN_SHAPE } from './document-shapes.ts';
export { hostId } from './host-id.ts';
export { type ComponentEvent, type History } from './history.ts';
export type { Journal } from './journal.ts';
export { KeptState } from './kept.ts';
export { isLaterState } from './later.ts';
export { LAYOUT, pathOf } from './layout.ts';
export { type Lock, lockDaemon, lockState } from './lock.ts';
export { createMetadataStore, readOnlyMetadata } from './metadata.ts';
export { seeState, type StateSeen } from './see.ts';
export { openState, type State } from './open.ts';
export { createProbations, type Probations, type Unreadable } from './probations.ts';
export type { Quarantine } from './quarantine.ts';
export { readHistory } from './read-history.ts';
export { readSchedule, type ScheduleSeen, type ScheduleStore } from './schedule-memory.ts';
export { readStatus, type StatusRead, writeStatus } from './status-file.ts';
export { type Distrust, distrustOf, octal, shellWord } from './writers.ts';

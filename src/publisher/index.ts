/**
 * publisher: the content server's side. In come an administrator's commands, content and keys; out comes a folder of static, signed files
 * that any web server hands out (DESIGN, Content repository), each state of it whole at every moment. It never puts a key into that
 * folder, never changes what was published, and is never imported by the agent's rooms.
 */
export { addComponent, type Added, type AddOptions } from './add.ts';
export { checkRepository, type CheckReport } from './check.ts';
export type { Deltas } from './deltas.ts';
export { ending, renewal } from './expiry.ts';
export { floor, type Floored, type FloorOptions } from './floor.ts';
export { initRepository, type Initialized, type InitOptions } from './init.ts';
export { isTopRole, layout } from './layout.ts';
export { looseKeys } from './loose-keys.ts';
export { pause, type Paused, type PauseOptions } from './pause.ts';
export type { PublisherPorts } from './ports.ts';
export { prune, type Pruned, type PruneOptions } from './prune.ts';
export { publish, type Published, type PublishOptions } from './publish.ts';
export { refresh, type Refreshed, type RefreshOptions } from './refresh.ts';
export { renew, type Renewed, type RenewOptions } from './renew.ts';
export { rotate, type Rotated, type RotateOptions } from './rotate.ts';
export { revoke, type Revoked, type RevokeOptions } from './revoke.ts';
export type { KeysMoved } from './key-folders.ts';
export type { RoleEnd, RoleEnds } from './role-ends.ts';
export { respond, serve, type ServeOptions, type Serving } from './serve.ts';

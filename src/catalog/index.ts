/**
 * catalog: what is available, and that it may be believed. In come the policy's servers, its root file, the ids of components and the
 * store of trusted metadata; out comes each component's catalog, or why there is none. The trust workflow is TUF's, pure in
 * trusted-set.ts; only what was verified is ever kept, and nothing older than what was verified before is accepted. Decides nothing
 * about what to install.
 */
export { offlineAgentFloor, offlineCatalogs, openCatalogs } from './open.ts';
export type { CatalogPorts, Catalogs, CatalogsInput, CatalogsOutcome } from './open.ts';
export { inspectServer, inspectTrust, type RoleSeen, TOP_ROLES, type TopRole, type TrustHeld } from './inspect.ts';
export type { Tried } from './attempts.ts';

/**
 * plugins: how content of one product is looked at, judged, put in place, confirmed and put back. In comes a `Job` with content that was
 * unpacked on the install path's file system; out comes, at each instant of a swap, something that `restore` makes whole. It never
 * downloads, never decides which release it is, and writes nowhere but at the install path, in `.glued-ID` and in the job's scratch folder.
 */
export { createPlugIns, plugInFor, type PlugInPorts } from './plugins.ts';
export { agentVersionAt, loadAdopt, unpackDelta, unpackPackage } from './on-demand.ts';
export { checkExternalSettings, checkPlugIn, externalSettings } from './external.ts';
export { checkSettings, PLUGIN_SETTINGS } from './settings.ts';
export { hasWayBack, keptProblem, wayBackProblem } from './kept-problem.ts';
export type { UnpackInput } from './unpack.ts';
export type { DeltaBase, DeltaFailed, DeltaUnpack } from './unpack-delta.ts';
export { applyVendorDelta, VENDOR_ALGORITHMS, type VendorDelta, type VendorDeltaFailed } from './vendor-deltas.ts';

import type { DeltaAlgorithms, Manifest, Outcome, Ports } from '../model/index.ts';
import type { VendorDelta, VendorDeltaFailed } from './builtin/clamav/vendor-delta.ts';

export type { VendorDelta, VendorDeltaFailed } from './builtin/clamav/vendor-delta.ts';

/** The vendors' own deltas that are applied here, by the plug-in whose content they change (`DeltaAlgorithms.plugIns`). */
export const VENDOR_ALGORITHMS: DeltaAlgorithms['plugIns'] = new Map([['clamav', ['cdiff']]]);

/**
 * Makes a release's content out of an older one's that is here and a vendor's deltas between, verified whole, in the place where unpacking
 * its package would put it. The outcome need not be the package's bytes: docs/plugins.md says what it is held to instead.
 */
export async function applyVendorDelta(ports: Pick<Ports, 'files'>, ask: VendorDelta): Promise<Outcome<Manifest, VendorDeltaFailed>> {
  const clamav = await import('./builtin/clamav/vendor-delta.ts');
  return clamav.applyVendorDelta(ports, ask);
}

import { join } from 'node:path';
import type { Content, Inventory, Io, Ports } from '../model/index.ts';

type Files = Ports['files'];

/** Beside `manifest.json`: this content was made by a vendor's delta, so its tar is not the published one. */
const NAME = 'vendor-made';

/** Marks content that is about to be placed. */
export const markVendorMade = (files: Files, folder: string): Io<undefined> => files.replace(join(folder, NAME), new Uint8Array(), 0o644);

/** The sequences of those that a vendor's delta made. */
export function vendorMade(files: Files, kept: readonly Content[]): Pick<Inventory, 'vendorMade'> {
  const made = kept.filter(({ folder }) => files.stat(join(folder, NAME)).ok).map((c) => c.sequence);
  return made.length === 0 ? {} : { vendorMade: made };
}

/** How the signatures in a file are counted: by a container's header, one a line, one a YARA rule, or not at all. */
export type Counted = 'container' | 'lines' | 'yara' | 'no';

/** Every ending of a file that libclamav loads from its folder (libclamav readdb.h). */
export const DATABASES: ReadonlyMap<string, Counted> = new Map<string, Counted>([
  ['cvd', 'container'],
  ['cld', 'container'],
  ['cud', 'container'],
  ...lines('db', 'hdb', 'hdu', 'mdb', 'mdu', 'hsb', 'hsu', 'msb', 'msu', 'ndb', 'ndu', 'ldb', 'ldu', 'sdb', 'zmd', 'rmd', 'idb', 'wdb', 'pdb', 'gdb', 'cdb', 'cbc', 'crb', 'pwdb'),
  // what these hold takes detections back, or only describes
  ...uncounted('fp', 'sfp', 'cfg', 'cat', 'ftm', 'ign', 'ign2', 'info', 'ioc', 'imp'),
  ['yar', 'yara'],
  ['yara', 'yara'],
]);

function lines(...endings: readonly string[]): readonly (readonly [string, Counted])[] {
  return endings.map((ending) => [ending, 'lines'] as const);
}
function uncounted(...endings: readonly string[]): readonly (readonly [string, Counted])[] {
  return endings.map((ending) => [ending, 'no'] as const);
}

/** What is after the last dot. */
export const endingOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** How a file's signatures are counted, or undefined where libclamav passes the file over. */
export const countedAs = (name: string): Counted | undefined => (name.includes('.') ? DATABASES.get(endingOf(name)) : undefined);

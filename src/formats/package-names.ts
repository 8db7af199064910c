/**
 * Which paths a package may hold. One bad path and the whole package is refused: what is unpacked can never land, or point,
 * outside its folder, and means the same on every file system (facts: traversal, drives, case and normal form).
 */

/** Bytes of one part of a path: the limit of ext4, XFS, APFS and NTFS. */
const MAX_PART_BYTES = 255;
/** Bytes of a whole path: PATH_MAX on Linux. */
const MAX_PATH_BYTES = 4096;
// C0, DEL and C1: terminals act on them, and canonical JSON does not escape them
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const DRIVE = /^[A-Za-z]:/;
/** Nearly every path: letters, digits and a few marks, no part that begins with a dot. Nothing below has a word against it. */
const PLAIN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** Why this path may not be in a package, or undefined. `path` is relative, `/`-separated: `rules/emerging.rules`. */
export function pathProblem(path: string): string | undefined {
  if (path.length <= MAX_PART_BYTES && PLAIN.test(path)) return undefined;
  const common = textProblem(path);
  if (common !== undefined) return common;
  if (path.startsWith('/')) return 'is absolute';
  for (const part of path.split('/')) {
    if (part === '') return 'has an empty part';
    if (part === '.' || part === '..') return `has a part "${part}"`;
    if (DRIVE.test(part)) return 'names a drive';
    // a UTF-16 unit is at most 3 bytes of UTF-8: measure only what could be too long
    if (part.length > 85 && Buffer.byteLength(part) > MAX_PART_BYTES) return `has a part longer than ${MAX_PART_BYTES} bytes`;
  }
  return undefined;
}

/**
 * Why a link may not point there, or undefined. `..` is allowed only at the start of a target, and only as far as the link is
 * deep: the folders above a link are real ones, so such a target stays in the tree through whatever other links it leads.
 */
export function linkProblem(path: string, target: string): string | undefined {
  const common = textProblem(target);
  if (common !== undefined) return common;
  if (target.startsWith('/')) return 'is absolute';
  let above = path.split('/').length - 1;
  let down = 0;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') return 'has an empty part or a part "."';
    if (DRIVE.test(part)) return 'names a drive';
    if (part !== '..') {
      down++;
      continue;
    }
    if (down > 0) return 'has ".." after a name';
    if (above === 0) return 'leads out of the package';
    above--;
  }
  return undefined;
}

/** Two paths with the same key are one file on some file system that folds case or normal forms. */
export function clashKey(path: string): string {
  // most paths: there case alone folds
  return path.length <= MAX_PART_BYTES && PLAIN.test(path) ? path.toLowerCase() : path.toUpperCase().toLowerCase().normalize('NFC');
}

function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (CONTROL.test(text)) return 'has a control character';
  if (text.includes('\\')) return 'has a backslash';
  if (!text.isWellFormed()) return 'is not valid Unicode';
  if (text.normalize('NFC') !== text) return 'is not in Unicode normal form C';
  if (text.length > 1365 && Buffer.byteLength(text) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  return undefined;
}

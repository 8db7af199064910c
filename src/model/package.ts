import type { Sha256 } from './ids.ts';

/** One entry of a package. Paths are relative, `/`-separated, NFC, checked by formats/package. */
export type ManifestEntry =
  | { readonly type: 'file'; readonly path: string; readonly size: number; readonly sha256: Sha256; readonly mode: 0o644 | 0o755 }
  | { readonly type: 'folder'; readonly path: string }
  | { readonly type: 'link'; readonly path: string; readonly target: string };

/** The file list in a package, its first member (`glued.manifest/1`). `file`: exactly one file was published; `tree`: a folder. */
export type Manifest = {
  readonly schema: 'glued.manifest/1';
  readonly shape: 'file' | 'tree';
  readonly entries: readonly ManifestEntry[];
};

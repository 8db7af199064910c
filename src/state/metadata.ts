import { dirname, join } from 'node:path';
import { readJson } from '../formats/json.ts';
import { group, parseShape, text } from '../formats/shape.ts';
import { type Failure, type MetadataStore, ok, type Outcome, type Ports, sha256Of } from '../model/index.ts';
import { ioFailed } from './failures.ts';
import { LAYOUT } from './layout.ts';

/** Larger than any limit that the trust client sets on a download. */
const MAX_BYTES = 16 * 1024 * 1024;
const TAG = group({ url: text(), tag: text(), sha256: text() });
const FILE_MODE = 0o644;

/**
 * Trusted metadata in a folder: `ROLE.json` with the server's exact bytes and nothing else that ends so at its top; catalogs and tags lie
 * in folders below. What cannot be read is as good as absent: it is fetched again, and `note` says so.
 */
export function createMetadataStore(ports: Pick<Ports, 'files'>, folder: string, note: (text: string) => void = () => undefined): MetadataStore {
  const { files } = ports;
  const rolePath = (role: string): string => join(folder, `${encodeURIComponent(role)}.json`);
  const catalogPath = (id: string): string => join(folder, 'catalogs', `${encodeURIComponent(id)}.json`);
  const tagPath = (role: string): string => join(folder, 'tags', encodeURIComponent(role));
  const get = (path: string): Uint8Array | undefined => {
    const read = files.read(path, MAX_BYTES);
    if (read.ok) return read.value;
    if (read.failure.kind !== 'absent') note(`${path} could not be read (${read.failure.kind}): it is fetched again.`);
    return undefined;
  };
  return {
    get: (role) => get(rolePath(role)),
    put: (role, bytes) => put(files, rolePath(role), bytes),
    drop(role) {
      files.remove(rolePath(role));
      files.remove(tagPath(role));
    },
    getCatalog: (id) => get(catalogPath(id)),
    putCatalog: (id, bytes) => put(files, catalogPath(id), bytes),
    getTag(role, url) {
      const read = files.read(tagPath(role), MAX_BYTES);
      const json = read.ok ? readJson(read.value) : undefined;
      const tag = json?.ok === true ? parseShape(TAG, json.value.value) : undefined;
      if (tag === undefined || !('value' in tag) || tag.value.url !== url) return undefined;
      const bytes = files.read(rolePath(role), MAX_BYTES);
      return bytes.ok && sha256Of(bytes.value) === tag.value.sha256 ? tag.value.tag : undefined;
    },
    putTag(role, url, tag) {
      const bytes = files.read(rolePath(role), MAX_BYTES);
      if (bytes.ok) writeLightly(files, tagPath(role), JSON.stringify({ url, tag, sha256: sha256Of(bytes.value) }));
    },
  };
}

/** The same metadata, and nothing of it is ever changed: what would be kept is as good as kept. */
export function readOnlyMetadata(store: MetadataStore): MetadataStore {
  return {
    get: (role) => store.get(role),
    getCatalog: (id) => store.getCatalog(id),
    getTag: (role, url) => store.getTag(role, url),
    put: () => ok(),
    drop: () => undefined,
    putCatalog: () => ok(),
    putTag: () => undefined,
  };
}

function put(files: Ports['files'], path: string, bytes: Uint8Array): Outcome<undefined, Failure> {
  const first = files.replace(path, bytes, FILE_MODE);
  if (first.ok) return ok();
  if (first.failure.kind !== 'absent') return ioFailed(first.failure);
  const made = files.makeFolder(dirname(path), LAYOUT.metadata.mode);
  if (!made.ok) return ioFailed(made.failure);
  const second = files.replace(path, bytes, FILE_MODE);
  return second.ok ? ok() : ioFailed(second.failure);
}

/** Whole or not at all, and not durable: a tag that a power cut takes costs one more download. */
function writeLightly(files: Ports['files'], path: string, content: string): void {
  if (!files.makeFolder(dirname(path), LAYOUT.metadata.mode).ok) return;
  const temporary = files.temporaryName(path);
  const file = files.create(temporary, FILE_MODE);
  if (!file.ok) return;
  const written = file.value.write(new TextEncoder().encode(content));
  file.value.close();
  if (!written.ok || !files.rename(temporary, path).ok) files.remove(temporary);
}

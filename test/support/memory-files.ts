/**
 * A file system in memory that implements the Files port: modes, owners, links, descriptors that outlive their name, and a list of
 * all that was opened. `fault` makes any operation fail, `freeBytes` fills the disk. It is one device; mount() adds another.
 */
import { type FileHandle, type Files, type FolderEntry, type Io, ok } from '../../src/model/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import { MemoryHandle } from './memory-handle.ts';
import { type FileNode, ioFailure, may, type Node, type Place, statOf, walk } from './memory-tree.ts';

export class MemoryFiles extends MemoryDisk implements Files {
  open(path: string): Io<FileHandle> {
    const place = this.find('open', path, 'not-last');
    if (!place.ok) return place;
    return place.value.node.type === 'link' ? ioFailure('link', 'open', path) : this.handle('open', path, place.value.node, 'read');
  }

  openFollowing(path: string): Io<FileHandle> {
    const place = this.find('openFollowing', path, 'last');
    return place.ok ? this.handle('openFollowing', path, place.value.node, 'read') : place;
  }

  create(path: string, mode: number): Io<FileHandle> {
    const place = this.place('create', path);
    if (!place.ok) return place;
    if (place.value.node !== undefined) return ioFailure('exists', 'create', path);
    if (this.freeBytes <= 0) return ioFailure('full', 'create', path);
    const node: FileNode = { type: 'file', bytes: new Uint8Array(0), meta: this.meta(mode) };
    place.value.folder.entries.set(place.value.name, node);
    return this.handle('create', path, node, 'write');
  }

  append(path: string, mode: number): Io<FileHandle> {
    const place = this.place('append', path);
    if (!place.ok) return place;
    const { node } = place.value;
    if (node === undefined) return this.create(path, mode);
    if (node.type === 'link') return ioFailure('link', 'append', path);
    return this.handle('append', path, node, 'write');
  }

  read(path: string, maxBytes: number): Io<Uint8Array> {
    const place = this.find('read', path, 'not-last');
    if (!place.ok) return place;
    const { node } = place.value;
    if (node.type === 'link') return ioFailure('link', 'read', path);
    if (node.type !== 'file') return ioFailure(node.type === 'folder' ? 'is-folder' : 'io', 'read', path);
    if (!may(node, this.uid, 4)) return ioFailure('denied', 'read', path);
    return node.bytes.length > maxBytes ? ioFailure('too-long', 'read', path) : ok(node.bytes.slice());
  }

  replace(path: string, bytes: Uint8Array, mode: number): Io<undefined> {
    const place = this.place('replace', path);
    if (!place.ok) return place;
    if (place.value.node?.type === 'folder') return ioFailure('is-folder', 'replace', path);
    if (!this.take(bytes.length)) return ioFailure('full', 'replace', path);
    place.value.folder.entries.set(place.value.name, { type: 'file', bytes: bytes.slice(), meta: this.meta(mode) });
    return ok();
  }

  stat(path: string, follow: 'last' | 'not-last' = 'not-last'): ReturnType<Files['stat']> {
    const place = this.find(follow === 'last' ? 'statFollowing' : 'stat', path, follow);
    return place.ok ? ok(statOf(place.value.node, this.device(place.value.path))) : place;
  }

  statFollowing(path: string): ReturnType<Files['stat']> {
    return this.stat(path, 'last');
  }

  list(path: string): Io<readonly FolderEntry[]> {
    const place = this.find('list', path, 'last');
    if (!place.ok) return place;
    const { node } = place.value;
    if (node.type !== 'folder') return ioFailure('not-folder', 'list', path);
    if (!may(node, this.uid, 4)) return ioFailure('denied', 'list', path);
    return ok([...node.entries].map(([name, entry]) => ({ name, type: entry.type })));
  }

  makeFolder(path: string, mode: number): Io<undefined> {
    const fault = this.enter('makeFolder', path);
    if (fault !== undefined) return ioFailure(fault, 'makeFolder', path);
    const names = path.split('/').filter((name) => name !== '');
    for (let count = 1; count <= names.length; count++) {
      const here = `/${names.slice(0, count).join('/')}`;
      const place = walk(this.root, here, 'not-last', 'makeFolder', this.uid);
      if (!place.ok) return place;
      const { node, folder, name } = place.value;
      if (node?.type === 'folder' || (node?.type === 'link' && count < names.length)) continue;
      if (node !== undefined) return ioFailure(node.type === 'link' ? 'link' : 'exists', 'makeFolder', here);
      if (!may(folder, this.uid, 2)) return ioFailure('denied', 'makeFolder', here);
      folder.entries.set(name, { type: 'folder', entries: new Map(), meta: this.meta(mode) });
    }
    return ok();
  }

  rename(from: string, to: string): Io<undefined> {
    const source = this.find('rename', from, 'not-last');
    const target = this.place('rename', to);
    if (!source.ok) return source;
    if (!target.ok) return target;
    if (this.device(source.value.path) !== this.device(target.value.path)) return ioFailure('cross-device', 'rename', from);
    const over = target.value.node;
    if (over?.type === 'folder' && source.value.node.type !== 'folder') return ioFailure('is-folder', 'rename', to);
    if (over?.type === 'folder' && over.entries.size > 0) return ioFailure('not-empty', 'rename', to);
    if (over !== undefined && over.type !== 'folder' && source.value.node.type === 'folder') return ioFailure('not-folder', 'rename', to);
    if (over === source.value.node) return ok();
    source.value.folder.entries.delete(source.value.name);
    if (over !== undefined) over.meta.links--;
    target.value.folder.entries.set(target.value.name, source.value.node);
    return ok();
  }

  link(from: string, to: string): Io<undefined> {
    const source = this.find('link', from, 'not-last');
    const target = this.place('link', to);
    if (!source.ok) return source;
    if (!target.ok) return target;
    if (target.value.node !== undefined) return ioFailure('exists', 'link', to);
    if (source.value.node.type === 'folder') return ioFailure('denied', 'link', from);
    source.value.node.meta.links++;
    target.value.folder.entries.set(target.value.name, source.value.node);
    return ok();
  }

  symlink(target: string, path: string): Io<undefined> {
    const place = this.place('symlink', path);
    if (!place.ok) return place;
    if (place.value.node !== undefined) return ioFailure('exists', 'symlink', path);
    place.value.folder.entries.set(place.value.name, { type: 'link', target, meta: this.meta(0o777) });
    return ok();
  }

  readLink(path: string): Io<string> {
    const place = this.find('readLink', path, 'not-last');
    if (!place.ok) return place;
    return place.value.node.type === 'link' ? ok(place.value.node.target) : ioFailure('io', 'readLink', path);
  }

  realPath(path: string): Io<string> {
    const place = this.find('realPath', path, 'last');
    return place.ok ? ok(place.value.path) : place;
  }

  chmod(path: string, mode: number): Io<undefined> {
    const place = this.find('chmod', path, 'last');
    if (!place.ok) return place;
    place.value.node.meta.mode = mode;
    return ok();
  }

  remove(path: string): Io<undefined> {
    const place = this.place('remove', path);
    if (!place.ok) return place.failure.kind === 'absent' ? ok() : place;
    if (place.value.node?.type === 'folder') return ioFailure('is-folder', 'remove', path);
    if (place.value.node !== undefined) place.value.node.meta.links--;
    place.value.folder.entries.delete(place.value.name);
    return ok();
  }

  removeTree(path: string): Io<undefined> {
    const place = this.place('removeTree', path);
    if (!place.ok) return place.failure.kind === 'absent' ? ok() : place;
    place.value.folder.entries.delete(place.value.name);
    return ok();
  }

  syncFolder(path: string): Io<undefined> {
    return this.there('syncFolder', path);
  }

  syncTree(path: string): Io<undefined> {
    return this.there('syncTree', path);
  }

  space(path: string): ReturnType<Files['space']> {
    const place = this.find('space', path, 'last');
    return place.ok ? ok({ freeBytes: this.freeBytes, freeInodes: 1_000_000, device: this.device(place.value.path) }) : place;
  }

  temporaryName(path: string): string {
    const slash = path.lastIndexOf('/');
    const random = (++this.temporary).toString(16).padStart(16, '0');
    return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.${random}.tmp`;
  }

  private handle(op: string, path: string, node: Node, kind: 'read' | 'write'): Io<FileHandle> {
    if (node.type === 'folder' && kind === 'write') return ioFailure('is-folder', op, path);
    if (!may(node, this.uid, kind === 'read' ? 4 : 2)) return ioFailure('denied', op, path);
    return ok(new MemoryHandle(this, path, node, kind));
  }

  /** a node that is there */
  private find(op: string, path: string, follow: 'last' | 'not-last'): Io<Place & { node: Node }> {
    const fault = this.enter(op, path);
    if (fault !== undefined) return ioFailure(fault, op, path);
    const place = walk(this.root, path, follow, op, this.uid);
    if (!place.ok) return place;
    const { node } = place.value;
    return node === undefined ? ioFailure('absent', op, path) : ok({ ...place.value, node });
  }

  private there(op: string, path: string): Io<undefined> {
    const place = this.find(op, path, 'last');
    return place.ok ? ok() : place;
  }

  /** a name in a folder that is there and that may be written */
  private place(op: string, path: string): Io<Place> {
    const fault = this.enter(op, path);
    if (fault !== undefined) return ioFailure(fault, op, path);
    const place = walk(this.root, path, 'not-last', op, this.uid);
    return place.ok && !may(place.value.folder, this.uid, 2) ? ioFailure('denied', op, path) : place;
  }
}

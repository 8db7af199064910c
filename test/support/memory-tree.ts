/** The tree behind MemoryFiles: nodes with modes, owners, inodes and links, and the walk from a path to a node. */
import { failed, type FileStat, type Io, type IoFailure, type IoKind, ok } from '../../src/model/index.ts';

export type Meta = { mode: number; uid: number; gid: number; inode: number; links: number; modifiedAt: number };
export type FileNode = { type: 'file'; bytes: Uint8Array; meta: Meta };
export type FolderNode = { type: 'folder'; entries: Map<string, Node>; meta: Meta };
export type LinkNode = { type: 'link'; target: string; meta: Meta };
export type OtherNode = { type: 'other'; meta: Meta };
export type Node = FileNode | FolderNode | LinkNode | OtherNode;

export function ioFailure(kind: IoKind, op: string, path: string): { ok: false; failure: IoFailure } {
  return failed({ kind, op, path, detail: `${kind}: ${op} ${path}` });
}

export function statOf(node: Node, device: number): FileStat {
  const size = node.type === 'file' ? node.bytes.length : node.type === 'link' ? node.target.length : 0;
  const { mode, uid, gid, inode, links, modifiedAt } = node.meta;
  return { type: node.type, size, mode, uid, gid, device, inode, links, modifiedAt };
}

export function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Where a path leads: the folder of its last part, that part's name, and the node, if there is one. */
export type Place = { folder: FolderNode; name: string; path: string; node: Node | undefined };

/** May this user search (1), write (2), read (4) the node? Root may. */
export function may(node: Node, uid: number, bit: 1 | 2 | 4): boolean {
  if (uid === 0) return true;
  return (node.meta.mode & (uid === node.meta.uid ? bit << 6 : bit)) !== 0;
}

/** Walks from the root. Links on the way are followed; in the last part only with `follow`. At most 40 links. */
export function walk(root: FolderNode, path: string, follow: 'last' | 'not-last', op: string, uid: number): Io<Place> {
  if (!path.startsWith('/')) throw new Error(`not an absolute path: ${path}`);
  let todo = parts(path);
  let trail: { node: FolderNode; name: string }[] = [{ node: root, name: '' }];
  let hops = 0;
  if (todo.length === 0) return ok({ folder: root, name: '', path: '/', node: root });
  for (;;) {
    const name = todo.shift();
    const here = trail.at(-1);
    if (name === undefined || here === undefined) return ok({ folder: root, name: '', path: '/', node: root });
    if (!may(here.node, uid, 1)) return ioFailure('denied', op, path);
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      if (todo.length === 0) todo.push('.');
      continue;
    }
    const node: Node | undefined = name === '.' ? here.node : here.node.entries.get(name);
    const last = todo.length === 0;
    if (node?.type === 'link' && (!last || follow === 'last')) {
      if (++hops > 40) return ioFailure('link', op, path);
      todo = [...parts(node.target), ...todo];
      if (node.target.startsWith('/')) trail = trail.slice(0, 1);
      if (todo.length === 0) todo.push('.');
      continue;
    }
    if (last) {
      const where = trail.map((step) => step.name).join('/');
      return ok({ folder: here.node, name, path: name === '.' ? where || '/' : `${where}/${name}`, node });
    }
    if (node?.type !== 'folder') return ioFailure('absent', op, path);
    trail.push({ node, name });
  }
}

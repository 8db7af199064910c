/** The disk under MemoryFiles: what tests put there, what they make fail, and what was asked for. */
import type { IoKind } from '../../src/model/index.ts';
import { type FolderNode, type Node, walk } from './memory-tree.ts';

type Owner = { readonly mode?: number; readonly uid?: number; readonly gid?: number };
type Options = { readonly uid?: number; readonly now?: () => number };

export class MemoryDisk {
  /** `op path` of everything that was asked for, in order */
  readonly log: string[] = [];
  /** returns a kind to make that operation fail */
  fault: (op: string, path: string) => IoKind | undefined = () => undefined;
  freeBytes = Number.MAX_SAFE_INTEGER;
  readonly root: FolderNode;
  protected readonly uid: number;
  private readonly now: () => number;
  private readonly mounts: string[] = ['/'];
  private inodes = 0;
  protected temporary = 0;

  constructor(options: Options = {}) {
    this.uid = options.uid ?? 0;
    this.now = options.now ?? (() => 0);
    this.root = { type: 'folder', entries: new Map(), meta: this.meta(0o755, { uid: 0, gid: 0 }) };
  }

  /** Paths that were opened or read, without repeats. */
  get opened(): readonly string[] {
    return [...new Set(this.log.filter((line) => /^(open|openFollowing|read) /.test(line)).map((line) => line.slice(line.indexOf(' ') + 1)))];
  }

  /** Puts a file there with its folders, as an administrator would: owner root, 0644 (folders 0755), over what was there. */
  put(path: string, content: string | Uint8Array, owner: Owner = {}): this {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return this.plant(path, { type: 'file', bytes, meta: this.meta(owner.mode ?? 0o644, { uid: 0, gid: 0, ...owner }) });
  }

  putFolder(path: string, owner: Owner = {}): this {
    const there = walk(this.root, path, 'not-last', 'plant', 0);
    if (there.ok && there.value.node?.type === 'folder') {
      Object.assign(there.value.node.meta, owner);
      return this;
    }
    return this.plant(path, { type: 'folder', entries: new Map(), meta: this.meta(owner.mode ?? 0o755, { uid: 0, gid: 0, ...owner }) });
  }

  putLink(path: string, target: string, owner: Owner = {}): this {
    return this.plant(path, { type: 'link', target, meta: this.meta(0o777, { uid: 0, gid: 0, ...owner }) });
  }

  /** a device, pipe or socket */
  putOther(path: string, owner: Owner = {}): this {
    return this.plant(path, { type: 'other', meta: this.meta(owner.mode ?? 0o666, { uid: 0, gid: 0, ...owner }) });
  }

  /** From here on, paths below are on another file system. */
  mount(path: string): this {
    this.mounts.push(path);
    return this.putFolder(path);
  }

  /** The content as text, for assertions; undefined where there is no file. */
  text(path: string): string | undefined {
    const there = walk(this.root, path, 'last', 'text', 0);
    return there.ok && there.value.node?.type === 'file' ? new TextDecoder().decode(there.value.node.bytes) : undefined;
  }

  /** for MemoryHandle and replace: takes bytes from the free space */
  take(bytes: number): boolean {
    if (bytes > this.freeBytes) return false;
    this.freeBytes -= bytes;
    return true;
  }

  enter(op: string, path: string): IoKind | undefined {
    this.log.push(`${op} ${path}`);
    return this.fault(op, path);
  }

  device(path: string): number {
    const longest = this.mounts.filter((m) => m === '/' || path === m || path.startsWith(`${m}/`)).sort((a, b) => b.length - a.length)[0];
    return 1 + this.mounts.indexOf(longest ?? '/');
  }

  private plant(path: string, node: Node): this {
    const slash = path.lastIndexOf('/');
    if (slash > 0) {
      const parent = walk(this.root, path.slice(0, slash), 'last', 'plant', 0);
      if (!parent.ok || parent.value.node === undefined) this.putFolder(path.slice(0, slash));
    }
    const place = walk(this.root, path, 'not-last', 'plant', 0);
    if (!place.ok) throw new Error(`cannot plant ${path}`);
    place.value.folder.entries.set(place.value.name, node);
    return this;
  }

  protected meta(mode: number, owner: { uid?: number; gid?: number } = {}): Node['meta'] {
    const uid = owner.uid ?? this.uid;
    return { mode, uid, gid: owner.gid ?? uid, inode: ++this.inodes, links: 1, modifiedAt: this.now() };
  }
}

/**
 * A package: one zstd frame over a deterministic tar, `manifest.json` first, then `content/<path>` in the manifest's order. This
 * file reads the tar, strictly: what is not exactly what the manifest says, or more than was signed for, is refused whole.
 */
import { createHash, hash, type Hash } from 'node:crypto';
import { fail, type Failure, type Manifest, type ManifestEntry, ok, type Outcome } from '../model/index.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { TarReader, type TarMember, type TarSink } from './tar-read.ts';
import { CONTENT_PREFIX, MANIFEST_NAME, type FileEntry } from './tar-write.ts';

export { manifestBytes, manifestProblem, parseManifest, comparePaths, MAX_ENTRIES, MAX_MANIFEST_BYTES } from './manifest.ts';
export { clashKey, linkProblem, pathProblem } from './package-names.ts';
export { packageTar, tarSize, CONTENT_PREFIX, MANIFEST_NAME, type FileEntry } from './tar-write.ts';

export type FolderEntry = Extract<ManifestEntry, { type: 'folder' }>;
export type LinkEntry = Extract<ManifestEntry, { type: 'link' }>;

/** Gets a package's content in order; every path was checked, and its folder came before it. A failure ends the reading. */
export interface PackageSink {
  manifest(manifest: Manifest): Outcome<undefined, Failure>;
  folder(entry: FolderEntry): Outcome<undefined, Failure>;
  link(entry: LinkEntry): Outcome<undefined, Failure>;
  open(entry: FileEntry): Outcome<undefined, Failure>;
  /** a view that is only good during the call */
  write(bytes: Uint8Array): Outcome<undefined, Failure>;
  /** the file is whole: its size and hash were right */
  close(): Outcome<undefined, Failure>;
}

/** What the reader holds a package to. `name` says in failures which package it is. */
export type PackageLimits = { readonly name: string; readonly unpackedSize: number };

const DONE = ok();

/** Push the tar's bytes, then `finish` gives the manifest. After a failure nothing more may be called. */
export class PackageReader implements TarSink<Failure> {
  private readonly limits: PackageLimits;
  private readonly sink: PackageSink;
  private readonly tar: TarReader<Failure>;
  private bytes = 0;
  private manifest: Manifest | undefined;
  private readonly manifestPieces: Uint8Array[] = [];
  private position = 0;
  private current: FileEntry | undefined;
  private running: Hash | undefined;

  constructor(limits: PackageLimits, sink: PackageSink) {
    this.limits = limits;
    this.sink = sink;
    this.tar = new TarReader<Failure>(this);
  }

  push(bytes: Uint8Array): Outcome<undefined, Failure> {
    this.bytes += bytes.length;
    if (this.bytes > this.limits.unpackedSize) return this.tooLarge(`more than ${this.limits.unpackedSize} bytes come out of it`);
    return this.tar.push(bytes);
  }

  finish(): Outcome<Manifest, Failure> {
    const done = this.tar.finish();
    if (!done.ok) return done;
    if (this.manifest === undefined) return this.broken('it has no manifest.json');
    const missing = this.manifest.entries[this.position];
    if (missing !== undefined) return this.broken(`${JSON.stringify(missing.path)} is missing`);
    if (this.bytes !== this.limits.unpackedSize) return this.broken(`${this.bytes} bytes come out of it, not ${this.limits.unpackedSize}`);
    return ok(this.manifest);
  }

  member(member: TarMember): Outcome<undefined, Failure> {
    if (this.manifest === undefined) return this.manifestMember(member);
    const entry = this.manifest.entries[this.position];
    const quoted = JSON.stringify(member.path.slice(0, 200));
    if (entry === undefined) return this.unsafe(`the entry ${quoted} is not in its manifest`);
    if (member.path !== CONTENT_PREFIX + entry.path || member.type !== entry.type) {
      return this.unsafe(`the ${member.type} ${quoted} stands where its manifest has the ${entry.type} ${JSON.stringify(entry.path)}`);
    }
    if (entry.type === 'file') {
      if (member.size !== entry.size) return this.unsafe(`the file ${quoted} is ${member.size} bytes, its manifest says ${entry.size}`);
      this.current = entry;
      return this.sink.open(entry);
    }
    this.position++;
    if (entry.type === 'folder') return this.sink.folder(entry);
    return member.target === entry.target ? this.sink.link(entry) : this.unsafe(`the link ${quoted} points elsewhere than its manifest says`);
  }

  data(bytes: Uint8Array, last: 'last' | 'more'): Outcome<undefined, Failure> {
    const entry = this.current;
    if (entry === undefined) return this.manifestData(bytes, last);
    // most files come in one piece: one call into OpenSSL instead of three
    const whole = last === 'last' && this.running === undefined;
    if (!whole) this.running = (this.running ?? createHash('sha256')).update(bytes);
    const written = this.sink.write(bytes);
    if (!written.ok || last === 'more') return written;
    const digest = whole ? hash('sha256', bytes, 'hex') : this.running?.digest('hex');
    this.running = undefined;
    this.current = undefined;
    this.position++;
    return digest === entry.sha256 ? this.sink.close() : this.broken(`the file ${JSON.stringify(entry.path)} has another hash than its manifest says`);
  }

  broken(problem: string): Outcome<never, Failure> {
    return fail('package-damaged', { package: this.limits.name, problem });
  }

  private manifestMember(member: TarMember): Outcome<undefined, Failure> {
    if (member.path !== MANIFEST_NAME || member.type !== 'file') return this.unsafe('its first member is not manifest.json');
    return member.size > MAX_MANIFEST_BYTES ? this.tooLarge(`its manifest.json is ${member.size} bytes, at most ${MAX_MANIFEST_BYTES} are allowed`) : DONE;
  }

  private manifestData(bytes: Uint8Array, last: 'last' | 'more'): Outcome<undefined, Failure> {
    this.manifestPieces.push(bytes.slice());
    if (last === 'more') return DONE;
    const parsed = parseManifest(Buffer.concat(this.manifestPieces));
    this.manifestPieces.length = 0;
    if (!parsed.ok) return parsed.failure.kind === 'unsafe' ? this.unsafe(parsed.failure.text) : this.broken(parsed.failure.text);
    const manifest = parsed.value;
    const sum = manifest.entries.reduce((total, e) => total + (e.type === 'file' ? e.size : 0), 0);
    if (sum > this.limits.unpackedSize) return this.tooLarge(`its files are ${sum} bytes, ${this.limits.unpackedSize} were signed for`);
    this.manifest = manifest;
    return this.sink.manifest(manifest);
  }

  private unsafe(problem: string): Outcome<never, Failure> {
    return fail('package-unsafe', { package: this.limits.name, problem });
  }

  private tooLarge(problem: string): Outcome<never, Failure> {
    return fail('package-too-large', { package: this.limits.name, problem });
  }
}

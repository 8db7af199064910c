import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Http, type HttpFailure, type HttpHead, type HttpRequest, type Outcome, type Ports } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { addComponent, initRepository, type InitOptions, publish, type Published, type PublisherPorts, type PublishOptions, respond } from '../../src/publisher/index.ts';
import { must } from './outcome.ts';

export { must } from './outcome.ts';

/** A moment that tests agree on, within the dates of everything that they sign. */
export const EPOCH = Date.parse('2026-11-25T08:00:00Z');

/** The real ports, with a clock that stands until it is set. */
export function publisherPorts(): Ports & { at: number } {
  const { ports } = createPorts({ colour: 'never' });
  const world = { ...ports, at: EPOCH, clock: { ...ports.clock, now: (): number => world.at } };
  return world;
}

const folders: string[] = [];

/** A folder that goes away with the test's process. */
export function temporaryFolder(name: string): string {
  if (folders.length === 0) process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  const folder = mkdtempSync(join(tmpdir(), `glued-${name}-`));
  folders.push(folder);
  return folder;
}

/** Writes files below a folder: `{'rules/a.rules': 'text'}`. A name that ends in `*` is executable. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name.replace(/\*$/, ''));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, name.endsWith('*') ? 0o755 : 0o644);
  }
  return folder;
}

/** What a hook does to an answer: undefined lets it through. */
export type Fault = { readonly fail: HttpFailure['kind'] } | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array } | undefined;

export type TestRepository = {
  readonly ports: Ports & { at: number };
  readonly root: string;
  /** the content repository: what a web server serves */
  readonly dir: string;
  readonly keys: string;
  readonly rootFile: string;
  add(id: string): Promise<void>;
  publish(id: string, files: Readonly<Record<string, string | Uint8Array>>, options?: Partial<Omit<PublishOptions, 'dir' | 'id'>>): Promise<Published>;
  /** an Http port that answers from the folder, below `url` */
  http(url: string, fault?: (path: string, request: HttpRequest) => Fault): Http & { readonly requests: string[] };
};

/** A signed repository in a temporary folder, made by our own publisher. */
export async function testRepository(name = 'repository', ports = publisherPorts(), expiryDays: InitOptions['expiryDays'] = {}): Promise<TestRepository> {
  const root = temporaryFolder(name);
  const dir = join(root, 'content');
  const keys = join(root, 'keys');
  const { rootFile } = must(await initRepository(ports, { dir, keys, expiryDays }));
  let sources = 0;
  return {
    ports,
    root,
    dir,
    keys,
    rootFile,
    async add(id) {
      must(await addComponent(ports, { dir, id, type: 'av', plugin: 'files' }));
    },
    async publish(id, files, options = {}) {
      const path = writeTree(join(root, `source-${++sources}`), files);
      return must(await publish(ports, { dir, id, path, version: `1.${sources}`, ...options }));
    },
    http: (url, fault) => folderHttp(ports, dir, url, fault),
  };
}

/** `Http` without a network: the publisher's own answers, chunk by chunk, with faults put in by the test. */
export function folderHttp(
  ports: Pick<PublisherPorts, 'files'>,
  dir: string,
  base: string,
  fault: (path: string, request: HttpRequest) => Fault = () => undefined,
): Http & { readonly requests: string[] } {
  const requests: string[] = [];
  type Answer = Outcome<HttpHead & { readonly chunks: Iterable<Uint8Array> }, HttpFailure>;
  const ask = (request: HttpRequest): Answer => {
    const { url } = request;
    const path = `/${url.slice(base.length)}`;
    requests.push(path);
    const put = url.startsWith(base) ? fault(path, request) : { fail: 'refused' as const };
    if (put !== undefined && 'fail' in put) return { ok: false, failure: { kind: put.fail, url, detail: 'a fault of the test' } };
    if (put !== undefined) return { ok: true, value: { status: put.status, headers: put.headers ?? {}, url, chunks: put.body === undefined ? [] : [put.body] } };
    const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k.toLowerCase(), v]));
    const reply = respond(ports, dir, { method: 'GET', target: path, headers });
    const lower = Object.fromEntries(Object.entries(reply.headers).map(([k, v]) => [k.toLowerCase(), v]));
    const chunks = reply.body === undefined ? [] : { [Symbol.iterator]: () => reply.body ?? [][Symbol.iterator]() };
    return { ok: true, value: { status: reply.status, headers: lower, url, chunks } };
  };
  return {
    requests,
    async document(request) {
      const answer = ask(request);
      if (!answer.ok) return answer;
      const { chunks, ...head } = answer.value;
      const body = Buffer.concat([...chunks]);
      if (body.length > request.maxBytes) return { ok: false, failure: { kind: 'too-long', url: request.url, detail: `${body.length} bytes` } };
      return { ok: true, value: { ...head, body } };
    },
    async stream(request, sink) {
      const answer = ask(request);
      if (!answer.ok) return answer;
      const { chunks, ...head } = answer.value;
      const stopped = { ok: false, failure: { kind: 'stopped', url: request.url, detail: 'the sink stopped' } } as const;
      if (sink.head(head) === 'stop') return stopped;
      for (const chunk of chunks) if (sink.chunk(chunk) === 'stop') return stopped;
      return { ok: true, value: head };
    },
    async close() {},
  };
}

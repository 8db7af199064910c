import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Ports } from '../../src/model/index.ts';
import { respond } from '../../src/publisher/index.ts';

/** What is done to the answer for one path; without a fault the repository's own file goes out. */
export type StoryFault =
  | { readonly kind: 'bytes'; readonly change: (whole: Buffer) => Buffer }
  | { readonly kind: 'status'; readonly status: number }
  /** so many bytes of the file, then the connection ends, whatever Content-Length said */
  | { readonly kind: 'short'; readonly bytes: number }
  /** so many bytes of the file, then nothing more */
  | { readonly kind: 'stuck'; readonly bytes: number }
  /** the file, whole, as soon as that is so */
  | { readonly kind: 'held'; readonly until: Promise<void> }
  /** the file again and again, without Content-Length */
  | { readonly kind: 'endless' };

export type StoryServer = {
  readonly url: string;
  readonly port: number;
  /** every path asked for, in order */
  readonly asked: string[];
  /** which fault a path meets now */
  fault: (path: string) => StoryFault | undefined;
  /** the folder that is served now */
  dir: string;
  /** packages asked for */
  packages(): readonly string[];
  /** resolves when a path that matches is asked for */
  whenAsked(match: RegExp): Promise<void>;
  close(): void;
};

type Reply = ReturnType<typeof respond>;

function bodyOf(reply: Reply): Buffer {
  const chunks: Uint8Array[] = [];
  for (let step = reply.body?.next(); step !== undefined && step.done !== true; step = reply.body?.next()) chunks.push(step.value);
  return Buffer.concat(chunks);
}

function meet(fault: StoryFault, whole: Buffer, response: ServerResponse): void {
  switch (fault.kind) {
    case 'bytes':
      response.writeHead(200).end(fault.change(whole));
      return;
    case 'status':
      response.writeHead(fault.status).end();
      return;
    case 'short':
      response.writeHead(200, { 'content-length': whole.length });
      response.write(whole.subarray(0, fault.bytes), () => response.destroy());
      return;
    case 'stuck':
      response.writeHead(200, { 'content-length': whole.length });
      response.write(whole.subarray(0, fault.bytes));
      return;
    case 'held':
      void fault.until.then(() => response.writeHead(200, { 'content-length': whole.length }).end(whole));
      return;
    case 'endless':
      // the client hangs up when it has seen enough
      Readable.from((function* () {
        for (;;) yield whole;
      })()).pipe(response.writeHead(200));
      return;
  }
}

/** Serves a repository as `repo serve` does, in this process, with faults; and remembers who asked for what. */
export async function storyServer(ports: Pick<Ports, 'files'>, dir: string): Promise<StoryServer> {
  const waiting: { readonly match: RegExp; readonly done: () => void }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    story.asked.push(path);
    for (const one of waiting) if (one.match.test(path)) one.done();
    response.on('error', () => undefined);
    const fault = story.fault(path);
    if (fault !== undefined) return meet(fault, bodyOf(respond(ports, story.dir, { method: 'GET', target: path, headers: {} })), response);
    const headers = Object.fromEntries(Object.entries(request.headers).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v]] : [])));
    const reply = respond(ports, story.dir, { method: 'GET', target: path, headers });
    response.writeHead(reply.status, { ...reply.headers }).end(bodyOf(reply));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const story: StoryServer = {
    url: `http://127.0.0.1:${port}/`,
    port,
    asked: [],
    fault: () => undefined,
    dir,
    packages: () => story.asked.filter((path) => path.startsWith('/packages/')),
    whenAsked: (match) => new Promise((done) => waiting.push({ match, done })),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return story;
}

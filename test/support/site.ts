import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEnd, Runtime } from './runtimes.ts';

/** How a request for a file of the repository is met: with the file, with nothing for ever. */
export type Mood = 'serve' | 'hang';

/** A repository with one component `demo` at release 1.0, its server, and a machine that has it registered and not installed. */
export type Site = {
  readonly folder: string;
  readonly state: string;
  readonly live: string;
  readonly port: number;
  mood: Mood;
  /** resolves when the first request hangs */
  readonly hung: Promise<void>;
  /** a run's own arguments: `--policy … --state …` */
  readonly place: readonly string[];
  readonly end: () => void;
};

/** Makes a site with the artefact that is tested. End it. */
export async function makeSite(rt: Runtime): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  const at = (name: string): string => join(folder, name);
  const must = async (...args: string[]): Promise<void> => {
    const end: RunEnd = await rt.run(args, { cwd: folder });
    if (end.code !== 0) throw new Error(`${args.join(' ')}: ${end.code}\n${end.stdout}${end.stderr}`);
  };
  await must('repo', 'init', 'repo', '--keys', 'keys');
  await must('repo', 'add', 'repo', 'demo', '--type', 'av', '--plugin', 'files');
  writeFileSync(at('rules.txt'), 'rules of release 1\n');
  await must('repo', 'publish', 'repo', 'demo', 'rules.txt', '--version', '1.0');
  const site: { mood: Mood } = { mood: 'serve' };
  let tellHung = (): void => undefined;
  const hung = new Promise<void>((resolve) => {
    tellHung = resolve;
  });
  const server = createServer((request, response) => {
    if (site.mood === 'hang') return tellHung();
    try {
      response.end(readFileSync(join(at('repo'), new URL(request.url ?? '/', 'http://x').pathname)));
    } catch {
      response.writeHead(404).end();
    }
  });
  const port = await listen(server);
  writeFileSync(at('policy.json'), JSON.stringify({ servers: [{ url: `http://127.0.0.1:${port}/` }], trust: { rootFile: at('repo/metadata/1.root.json') } }));
  await must('registry', 'add', 'demo', '--type', 'av', '--plugin', 'files', '--path', 'live.txt', '--state', 'state');
  return Object.assign(site, {
    folder,
    state: at('state'),
    live: at('live.txt'),
    port,
    hung,
    place: ['--policy', at('policy.json'), '--state', at('state')],
    end: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

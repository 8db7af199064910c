import { spawn } from 'node:child_process';

export type Served = { readonly url: string; readonly stop: () => void };

/** Starts `… repo serve DIR --port 0` and waits for the address that it prints. */
export function serveRepository(glued: readonly string[], repository: string): Promise<Served> {
  const [program = '', ...rest] = glued;
  const server = spawn(program, [...rest, 'repo', 'serve', repository, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((found, broken) => {
    let seen = '';
    const read = (chunk: Buffer): void => {
      seen += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(seen)?.[0];
      if (url === undefined) return;
      const stop = (): void => {
        server.removeAllListeners('exit');
        server.kill('SIGTERM');
      };
      found({ url, stop });
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('error', broken);
    server.on('exit', () => broken(new Error(`the server ended: ${seen}`)));
  });
}

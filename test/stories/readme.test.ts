import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { CODES } from '../../src/model/index.ts';
import { runtimes } from '../support/runtimes.ts';

const test = suite('README');
const README = readFileSync(at('README.md'), 'utf8');

/** The indented lines of one section, in order. */
function commandsOf(heading: string): string[] {
  const section = README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section.split('\n').filter((line) => line.startsWith('    ')).map((line) => line.slice(4));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

for (const rt of runtimes()) {
  test(`${rt.name}: the five minutes do what they say`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tour-'));
    try {
      const program = rt.argv().map((w) => `'${w}'`).join(' ');
      const tour = commandsOf('Five minutes')
        .filter((line) => line !== 'make binary' && !line.startsWith('alias '))
        .join('\n')
        .replaceAll('8080', String(await freePort()))
        // a server that was just started may not listen yet; a test must not guess how long that takes
        .replace(/^(glued repo serve .*)&$/m, '$1 > serve.log & until grep -q Serving serve.log; do sleep 0.2; done');
      // monitor mode is what makes `kill %1` work, as at a prompt
      const script = `set -eum\nglued() { ${program} "$@"; }\ntrap 'kill %1 2>/dev/null || true' EXIT\n${tour}\necho "then: $(cat live.txt)"\n`;
      const done = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', timeout: 120_000, env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder } });
      assert.is(done.status, 0, `${done.stdout}${done.stderr}`);
      assert.match(done.stdout, /^rules, first$/m);
      assert.match(done.stdout, /^then: rules, first$/m, 'rolled back');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('the table of exit codes names every code', () => {
  const section = README.split(/^## /m).find((part) => part.startsWith('Exit codes\n')) ?? '';
  const numbers = new Set([...section.matchAll(/\b\d+\b/g)].map((m) => Number(m[0])));
  const names = new Set([...section.matchAll(/[a-z]+(-[a-z]+)*/g)].map((m) => m[0]));
  // the daemon is not there yet
  for (const [name, code] of Object.entries(CODES).filter(([n]) => n !== 'daemon-unreachable')) {
    assert.ok(numbers.has(code), `code ${code}`);
    assert.ok(names.has(name), name);
  }
});

test.run();

// Agents that came with a unit for one distribution, wrote over what the administrator had changed, and needed somebody logged in.
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import type { ServiceDocument } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/repository.ts';
import { documentOf, type RunEnd, runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';

const test = suite('stories of the service');
const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile<ServiceDocument>(JSON.parse(readFileSync(at('docs', 'schema', 'glued.service.1.json'), 'utf8')));

function told(end: RunEnd): ServiceDocument {
  assert.is(end.code, 0, `${end.stdout}${end.stderr}`);
  const document: unknown = documentOf(end);
  if (!valid(document)) throw new Error(ajv.errorsText(valid.errors));
  return document;
}

for (const rt of runtimes()) {
  test(`${rt.name}: an image gets the service, keeps an administrator's change, and is rid of it again`, async () => {
    const root = temporaryFolder('image');
    const units = join(root, 'etc', 'systemd', 'system');
    const service = (...args: readonly string[]) => rt.run(['service', ...args, '--root', root, '--json']);
    try {
      const first = await service('install');
      if (first.code === 22) return saySkipped(`this checkout can be written by others: ${first.stderr.trim()}`);
      const installed = told(first);
      assert.equal(new Set(installed.files.map(({ state }) => state)), new Set(['written']));
      const unit = readFileSync(join(units, 'glued.service'), 'utf8');
      assert.match(unit, `ExecStart=:${[...installed.program, 'daemon'].join(' ')}`);
      assert.is(installed.program.length > 1, rt.name !== 'binary');
      const analyzed = spawnSync('systemd-analyze', ['verify', '--man=no', ...readdirSync(units).filter((n) => !n.endsWith('.d')).map((n) => `./${n}`)], { cwd: units, encoding: 'utf8' });
      if (analyzed.error === undefined) assert.is(analyzed.stderr, '');
      mkdirSync(join(units, 'glued.timer.d'));
      appendFileSync(join(units, 'glued.timer.d', 'site.conf'), '[Timer]\nOnBootSec=1h\n');
      appendFileSync(join(units, 'glued.socket'), '# site\n');
      const refused = await service('install');
      assert.is(refused.code, 26);
      assert.match(refused.stderr, /glued\.socket was changed by hand/);
      told(await service('remove'));
      assert.equal(readdirSync(units).sort(), ['glued.socket', 'glued.timer.d']);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test(`${rt.name}: status of a machine without the service says so, and ends with 0`, async () => {
    const root = temporaryFolder('image');
    const end = await rt.run(['service', 'status', '--root', root]);
    assert.is(end.code, 0);
    assert.match(end.stdout, /the service is not installed/);
    assert.is(told(await rt.run(['service', 'status', '--root', root, '--json'])).readiness, 'not-installed');
    assert.not(existsSync(join(root, 'etc')));
    rmSync(root, { recursive: true, force: true });
  });
}

test.run();

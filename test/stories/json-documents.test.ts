// Tools that say "prints JSON", and change its shape with every release.
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { schemaPath } from '../../build/generate-schemas.ts';
import { at } from '../../build/support/root.ts';
import { type CommandPath, COMMANDS, optionsOf } from '../../src/cli/commands.ts';
import { documentOf, type RunEnd, runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { StoryWorld } from '../support/story-world.ts';

const test = suite('what --json prints');
const read = (path: string): object => JSON.parse(readFileSync(at(path), 'utf8'));
const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(read('policies/policy.schema.json'));

/** The end holds one document, of the published schema of that command. */
function holds(path: string, end: RunEnd): void {
  const document = COMMANDS.flatMap((c) => (c.path === path ? optionsOf(c) : [])).find((o) => o.name === 'json')?.document;
  if (document === undefined) throw new Error(`glued ${path} names no document`);
  const validate = ajv.getSchema(String(Object(read(schemaPath(document)))['$id'])) ?? ajv.compile(read(schemaPath(document)));
  const printed = documentOf(end);
  assert.ok(validate(printed), `glued ${path}: ${ajv.errorsText(validate.errors)}\n${end.stdout}`);
  assert.is(printed['schema'], document, path);
}

test('every command prints the document whose schema is published', async () => {
  const world = await StoryWorld.make('demo');
  const rt = runtimes().at(-1);
  if (rt === undefined) throw new Error('no runtime');
  const machine = world.machine(rt);
  try {
    const { folder, policyFile, place } = machine;
    const [dir, content, image] = [world.repo.dir, join(folder, 'rules.db'), join(folder, 'image')];
    mkdirSync(image);
    const publish = (version: string): readonly string[] => {
      writeFileSync(content, `${version}\n`.repeat(100));
      return [dir, 'demo', content, '--version', version];
    };
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{ "colour": 1 }');
    /** in the order in which they are called; a thunk prepares what the command needs */
    const calls: readonly (readonly [path: CommandPath, code: number, args: () => readonly string[]])[] = [
      ['repo init', 0, () => [join(folder, 'new'), '--keys', join(folder, 'keys')]],
      ['repo add', 0, () => [dir, 'other', '--type', 'av', '--plugin', 'files']],
      ['repo publish', 0, () => publish('1')],
      ['registry add', 0, () => ['demo', '--type', 'av', '--plugin', 'files', '--path', machine.live(), ...place]],
      ['policy check', 21, () => [bad]],
      ['policy check', 0, () => [policyFile]],
      ['policy show', 0, () => ['--policy', policyFile]],
      ['policy show', 0, () => ['--origin', '--policy', policyFile]],
      ['status', 0, () => place],
      ['run', 0, () => place],
      ['repo publish', 0, () => publish('2')],
      ['explain', 0, () => place],
      ['run', 0, () => place],
      ['rollback', 0, () => ['demo', ...place]],
      ['recover', 0, () => place],
      ['repo pause', 0, () => [dir, 'demo', '2']],
      ['repo revoke', 0, () => [dir, 'demo', '2', '--reason', 'bad', '--safe', '1']],
      ['repo floor', 0, () => [dir, '0.0.1']],
      ['repo refresh', 0, () => [dir]],
      ['repo renew', 0, () => [dir]],
      ['repo rotate', 0, () => [dir, 'timestamp,demo']],
      ['repo prune', 0, () => [dir]],
      ['repo check', 0, () => [dir]],
      ['status', 0, () => place],
      ['history', 0, () => place],
      ['registry list', 0, () => place],
      ['registry remove', 0, () => ['demo', ...place]],
      ['service install', 0, () => ['--root', image]],
      ['service status', 0, () => ['--root', image]],
      ['service remove', 0, () => ['--root', image]],
      ['plugin check', 3, () => ['/bin/true']],
      // the machine that runs this decides how it stands
      ['doctor', NaN, () => place],
    ];
    const untried = COMMANDS.filter((c) => optionsOf(c).some((o) => o.name === 'json') && !calls.some(([path]) => path === c.path));
    assert.equal(untried.map((c) => c.path), []);
    for (const [path, code, args] of calls) {
      const end = await rt.run([...path.split(' '), ...args(), '--json'], { cwd: folder });
      if (path === 'service install' && end.code === 22) {
        saySkipped(`service install: this checkout can be written by others: ${end.stderr.trim()}`);
        continue;
      }
      if (!Number.isNaN(code)) assert.is(end.code, code, `glued ${path}: ${end.stdout}${end.stderr}`);
      holds(path, end);
    }
  } finally {
    machine.end();
    world.end();
  }
});

test.run();

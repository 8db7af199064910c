import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { type Machine, StoryWorld } from '../support/story-world.ts';

const test = suite('policy stories');
const world = await StoryWorld.make();
await world.release('demo', '1.0');
test.after(() => world.end());

const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`)].join('\n');

type Case = {
  readonly name: string;
  readonly file: string;
  /** the policy's text, around the keys that every policy needs: `JSON` and `YAML` stand for them */
  readonly text: string;
  readonly says: readonly (string | RegExp)[];
};
const CASES: readonly Case[] = [
  { name: 'an unknown key', file: 'policy.json', text: '{\n"shcedule": {},\nJSON\n}', says: [/line 2/, /shcedule/, /unknown|no such key|not known/i, /schedule/] },
  { name: 'a wrong type', file: 'policy.json', text: '{\nJSON,\n"download": { "parallel": "four" }\n}', says: [/line \d+/, 'download.parallel', '"four"', 'a whole number from 1 to 32'] },
  { name: 'a number out of range', file: 'policy.yaml', text: 'YAML\ndownload:\n  parallel: 99\n', says: [/line \d+/, 'download.parallel', '99', 'a whole number from 1 to 32'] },
  { name: 'a duplicate key', file: 'policy.json', text: '{\nJSON,\n"id": "one",\n"id": "two"\n}', says: [/line \d+/, /\bid\b/, /twice|duplicate|more than once|already|once/i] },
  { name: 'a duplicate key in YAML', file: 'policy.yaml', text: 'YAML\nid: one\nid: two\n', says: [/line \d+/, /\bid\b/, /twice|duplicate|more than once|already|unique|once/i] },
  { name: 'an alias bomb', file: 'policy.yaml', text: `${bomb}\nYAML\n`, says: [/alias/i] },
  { name: 'a DOCTYPE', file: 'policy.xml', text: '<?xml version="1.0"?>\n<!DOCTYPE policy [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<policy><id>&x;</id></policy>\n', says: [/line 2/, /DOCTYPE/] },
  { name: '__proto__', file: 'policy.json', text: '{\nJSON,\n"__proto__": { "insecure": true }\n}', says: [/line \d+/, '__proto__'] },
  { name: '$import', file: 'policy.json', text: '{\n"$import": "https://example.com/policy.json",\nJSON\n}', says: [/line 2/, '$import'] },
];

/** The keys that a policy must have, as the members of a JSON object and as YAML. */
function whole(machine: Machine, text: string): string {
  const { servers, trust } = machine.policyOf();
  const members = { servers, trust };
  return text
    .replace('JSON', () => JSON.stringify(members).slice(1, -1))
    .replace('YAML', () => Object.entries(members).map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join('\n'));
}

for (const rt of runtimes()) {
  test(`${rt.name}: a policy with a mistake is 21, names file, line, key, what was found and what is allowed, and nothing is done`, async () => {
    const machine = world.machine(rt).register('demo');
    for (const one of CASES) {
      const file = join(machine.folder, one.file);
      writeFileSync(file, whole(machine, one.text));
      const asked = world.server.asked.length;
      const document = await machine.expect(21, [], { policy: file });
      const text = document.errors.map((e) => `${e.text} ${e.remedy}`).join('\n');
      for (const part of [file, /found /, /allowed: /, ...one.says]) {
        assert.ok(typeof part === 'string' ? text.includes(part) : part.test(text), `${one.name}: ${String(part)} is not in: ${text}`);
      }
      assert.is(world.server.asked.length, asked, `${one.name}: a server was asked`);
      assert.is(machine.digest(), 'absent');
      rmSync(file);
    }
  });

  test(`${rt.name}: no policy is 20, and says where to put one`, async () => {
    const machine = world.machine(rt).register('demo');
    const nowhere = join(machine.folder, 'nowhere.json');
    const document = await machine.expect(20, [], { policy: nowhere });
    assert.equal([document.codeName, document.outcome], ['policy-missing', 'failed']);
    assert.match(document.errors[0]?.text ?? '', nowhere);
    assert.is(machine.digest(), 'absent');
  });

  test(`${rt.name}: a policy that others could have written is 22, and says how to put it right`, async () => {
    const machine = world.machine(rt).register('demo');
    const refused = async (path: string, says: RegExp): Promise<void> => {
      const document = await machine.expect(22, [], { policy: path });
      const [error] = document.errors;
      assert.match(`${error?.text} ${error?.remedy}`, says);
      assert.ok(error?.text.includes(path), error?.text);
      assert.is(machine.digest(), 'absent');
    };
    chmodSync(machine.policyFile, 0o666);
    await refused(machine.policyFile, /mode 0?666.*chmod/);
    chmodSync(machine.policyFile, 0o644);

    const open = join(machine.folder, 'open');
    mkdirSync(join(open, 'inner'), { recursive: true });
    renameSync(machine.policyFile, join(open, 'inner', 'policy.json'));
    chmodSync(open, 0o777);
    await refused(join(open, 'inner', 'policy.json'), new RegExp(`${open} has owner .* mode 0?777.*chmod`));
    chmodSync(open, 0o755);

    symlinkSync(join(open, 'inner', 'policy.json'), machine.policyFile);
    await refused(machine.policyFile, /is a link/);
    const lifted = await machine.expect(0, ['--insecure-policy'], { policy: machine.policyFile });
    assert.equal(lifted.policy.sources.map((s) => s.trusted), [false], 'the lifted check is told in the result');
  });
}

test.run();

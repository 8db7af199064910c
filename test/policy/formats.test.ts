import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SAMPLE, sampleJson, samplePlist, sampleXml, sampleYaml, toPlist } from '../../build/policy/sample.ts';
import { plainProfile } from '../../build/policy/mobileconfig.ts';
import { writePlist, type PlistValue } from '../../src/formats/plist.ts';
import { failureExit, failureText, type LoadedPolicy } from '../../src/model/index.ts';
import { loadPolicy } from '../../src/policy/index.ts';
import { type BinaryValue, writeBinaryPlist } from '../support/write-bplist.ts';
import { ENFORCE, LEAST, ROOT_FILE, world } from '../support/policy-world.ts';

async function load(content: string | Uint8Array, name: string): Promise<LoadedPolicy> {
  const on = world();
  on.files.put(`/etc/glued/policy${name}`, content);
  const outcome = await loadPolicy(on, ENFORCE);
  if (!outcome.ok) throw new Error(`${failureExit(outcome.failure)} ${failureText(outcome.failure)}\n${outcome.failure.detail}`);
  return outcome.value;
}
async function refusal(content: string | Uint8Array, name: string): Promise<string> {
  return load(content, name).then(() => 'loaded', (error: unknown) => String(error).slice('Error: '.length));
}
const binary = (value: PlistValue): Uint8Array => writeBinaryPlist(value as BinaryValue);

test('the sample means the same in every format', async () => {
  const json = await load(sampleJson(), '.json');
  for (const [content, name] of [
    [sampleYaml(), '.yaml'],
    [sampleXml(), '.xml'],
    [samplePlist(), '.plist'],
    [binary(toPlist(SAMPLE)), '.plist'],
    [`\ufeff${sampleJson()}`, '.json'],
    [`\ufeff${sampleXml()}`, '.xml'],
  ] as const) {
    const other = await load(content, name);
    assert.equal(other.policy, json.policy, name);
    assert.is(other.digest, json.digest, name);
  }
});

test("Payload keys of a profile's payload are ignored at the top, and only there", async () => {
  const text = new TextDecoder().decode(plainProfile());
  const payload = /<key>PayloadContent<\/key>\s*<array>\s*([\s\S]*<\/dict>)\s*<\/array>/.exec(text)?.[1] ?? '';
  assert.match(payload, /PayloadUUID/);
  const loaded = await load(`<plist version="1.0">${payload}</plist>`, '.plist');
  assert.is(loaded.digest, (await load(sampleJson(), '.json')).digest);
  assert.match(await refusal(binary({ ...toPlist(LEAST) as object, log: { PayloadUUID: 'x' } }), '.plist'), /^21 .*log\.PayloadUUID/);
  assert.match(await refusal(JSON.stringify({ ...LEAST, PayloadUUID: 'x' }), '.json'), /^21 .*PayloadUUID/);
});

const xml = (inner: string): string => `<policy><servers><item><url>https://h/</url></item></servers><trust><rootFile>${ROOT_FILE}</rootFile></trust>${inner}</policy>`;
const plist = (more: { [key: string]: PlistValue }): Uint8Array => writePlist({ ...(toPlist(LEAST) as { [key: string]: PlistValue }), ...more });
const yaml = (more: string): string => `servers: [{url: "https://h/"}]\ntrust: {rootFile: ${ROOT_FILE}}\n${more}\n`;

const CONVERTED: readonly (readonly [string, string | Uint8Array, string, string, unknown, string | undefined])[] = [
  ['XML text to a number', xml('<history><keep>5</keep></history>'), '.xml', 'history.keep', 5, 'text "5"'],
  ['XML text to a boolean', xml('<rollout><forcedOverridesHold>true</forcedOverridesHold></rollout>'), '.xml', 'rollout.forcedOverridesHold', true, 'text "true"'],
  ['XML text that is text', xml('<id>010</id>'), '.xml', 'id', '010', undefined],
  ['an empty XML element to an empty list', xml('<proxy><noProxy/></proxy>'), '.xml', 'proxy.noProxy', [], undefined],
  ['1 in a plist to true', plist({ rollout: { forcedOverridesHold: 1 } }), '.plist', 'rollout.forcedOverridesHold', true, 'number 1'],
  ['0 in a plist to false', plist({ content: { av: { enabled: 0 } } }), '.plist', 'content.av.enabled', false, 'number 0'],
  ['true in a plist', plist({ rollout: { forcedOverridesHold: true } }), '.plist', 'rollout.forcedOverridesHold', true, undefined],
  [
    'a date in a plist to RFC 3339',
    plist({ content: { av: { hold: { until: new Date('2026-12-01T00:00:00Z') } } } }),
    '.plist',
    'content.av.hold.until',
    '2026-12-01T00:00:00.000Z',
    'a date',
  ],
  ['YAML text that looks like a boolean', yaml('id: no'), '.yaml', 'id', 'no', undefined],
  ['a quoted YAML version', yaml('components: {c: {pin: "1.10"}}'), '.yaml', 'components.c.pin', '1.10', undefined],
  ['a YAML version with two dots', yaml('components: {c: {pin: 1.10.2}}'), '.yaml', 'components.c.pin', '1.10.2', undefined],
  ['a YAML date for hold.until', yaml('content: {av: {hold: {until: 2026-12-01T00:00:00Z}}}'), '.yaml', 'content.av.hold.until', '2026-12-01T00:00:00Z', undefined],
  ['010 in YAML', yaml('history: {keep: 010}'), '.yaml', 'history.keep', 10, undefined],
];
for (const [what, content, name, key, value, from] of CONVERTED) {
  test(`${what}: the value arrives and the origin says what was converted`, async () => {
    const origin = (await load(content, name)).origins.find((o) => o.key === key);
    assert.equal(origin?.value, value);
    assert.is(origin?.converted?.from, from);
  });
}

const REFUSED: readonly (readonly [string, string | Uint8Array, string, RegExp])[] = [
  ['"YES" for a boolean in a plist', plist({ rollout: { forcedOverridesHold: 'YES' } }), '.plist', /rollout\.forcedOverridesHold: found text "YES"; allowed: true or false/],
  ['2 for a boolean in a plist', plist({ rollout: { forcedOverridesHold: 2 } }), '.plist', /found number 2/],
  ['text for a number in a plist', plist({ history: { keep: '5' } }), '.plist', /found text "5"/],
  ['a number for text in a plist', plist({ id: 5 }), '.plist', /key id: found number 5/],
  ['1 for a boolean in XML', xml('<rollout><forcedOverridesHold>1</forcedOverridesHold></rollout>'), '.xml', /found text "1"/],
  ['yes for a boolean in XML', xml('<rollout><forcedOverridesHold>yes</forcedOverridesHold></rollout>'), '.xml', /found text "yes"/],
  ['0123 for a number in XML', xml('<history><keep>0123</keep></history>'), '.xml', /found text "0123"/],
  ['12abc for a number in XML', xml('<history><keep>12abc</keep></history>'), '.xml', /found text "12abc"/],
  ['blanks around a number in XML', xml('<history><keep> 5 </keep></history>'), '.xml', /found text " 5 "/],
  ['a number beyond 2^53-1 in XML', xml('<version>9007199254740993</version>'), '.xml', /found text "9007199254740993"|found number 90071992547409/],
  ['no for a boolean in YAML', yaml('content: {av: {enabled: no}}'), '.yaml', /line 3, key content\.av\.enabled: found text "no"/],
  ['1.10 for a version in YAML', yaml('components: {c: {pin: 1.10}}'), '.yaml', /key components\.c\.pin: found number 1\.1/],
  ['an unquoted time in YAML that is a number', yaml('schedule: {dailyAt: [0330]}'), '.yaml', /schedule\.dailyAt\[0\]: found number 330/],
  ['nothing behind a key in YAML', yaml('proxy:'), '.yaml', /line 3, key proxy: found null/],
  ['a merge key in YAML', yaml('content: {av: &a {channel: x}, ips: {<<: *a}}'), '.yaml', /content\.ips\.<</],
  ['an alias bomb', yaml(`a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n')}`), '.yaml', /aliases/],
  ['a DOCTYPE', `<!DOCTYPE policy [<!ENTITY a "b">]>${xml('')}`, '.xml', /a declaration <!DOCTYPE/],
  ['__proto__ in YAML', yaml('__proto__: {x: 1}'), '.yaml', /__proto__/],
  ['__proto__ in a plist', `<plist><dict><key>__proto__</key><true/></dict></plist>`, '.plist', /__proto__/],
  ['__proto__ in a binary plist', binary(JSON.parse('{"__proto__": true}')), '.plist', /__proto__/],
  ['$import in YAML', yaml('$import: ./x.js'), '.yaml', /key \$import/],
  ['$import in a plist', plist({ $import: './x.js' }), '.plist', /key \$import/],
  ['a duplicate key in XML', xml('<id>a</id><id>b</id>'), '.xml', /key id: found the same key twice/],
];
for (const [what, content, name, expected] of REFUSED) {
  test(`${what} is 21`, async () => {
    const text = await refusal(content, name);
    assert.match(text, /^21 /);
    assert.match(text, expected);
  });
}

test('no bytes make the loader throw: they load, or are refused with a code of the policy', async () => {
  const seeds = [sampleJson(), sampleYaml(), sampleXml(), samplePlist(), binary(toPlist(SAMPLE))].map((one) => (typeof one === 'string' ? new TextEncoder().encode(one) : one));
  const names = ['.json', '.yaml', '.xml', '.plist', '.plist'];
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (which, flips) => {
      const bytes = (seeds[which] ?? new Uint8Array(1)).slice();
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      const on = world();
      on.files.put(`/etc/glued/policy${names[which] ?? ''}`, bytes);
      const outcome = await loadPolicy(on, ENFORCE);
      return outcome.ok || failureExit(outcome.failure) === 21;
    }),
    { seed: 20261125, numRuns: 300 },
  );
});

test.run();

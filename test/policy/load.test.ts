import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failed, failureExit, failureRemedy, failureText, type LoadedPolicy, parseInstant } from '../../src/model/index.ts';
import { examinePolicy, loadPolicy, type LoadOptions } from '../../src/policy/index.ts';
import { ENFORCE, LEAST, MAIN, procFake, ROOT_FILE, type World, world } from '../support/policy-world.ts';

async function loaded(on: World, options: LoadOptions = ENFORCE): Promise<LoadedPolicy> {
  const outcome = await loadPolicy(on, options);
  if (!outcome.ok) throw new Error(`${failureText(outcome.failure)}\n${outcome.failure.detail}`);
  return outcome.value;
}

/** `21 FILE:LINE KEY: FOUND` of the failure, with all its texts filled. */
async function refusal(on: World, options: LoadOptions = ENFORCE): Promise<string> {
  const outcome = await loadPolicy(on, options);
  if (outcome.ok) return 'loaded';
  const { failure } = outcome;
  assert.not.match(failureText(failure) + failureRemedy(failure), /\{\w+\}/);
  return `${failureExit(failure)} ${failureText(failure)} [${failure.detail ?? ''}] ${failureRemedy(failure)}`;
}

test('the least policy has every default of the contract', async () => {
  const { policy, sources, origins, skipped, ignoredKeys } = await loaded(world(LEAST));
  const type = { enabled: true, channel: 'stable', maxAgeHours: 48 };
  assert.equal(policy, {
    schema: 1,
    servers: [{ url: 'https://content.example' }],
    trust: { rootFile: ROOT_FILE },
    proxy: { mode: 'none', noProxy: [] },
    tls: {},
    content: { av: type, ips: type, product: type, agent: type },
    components: new Map(),
    rollout: { forcedOverridesHold: false, forcedOverridesWindow: false },
    schedule: { everyMinutes: 240, dailyAt: [], splayMinutes: 60, windows: [], retryWindowMinutes: 0, onBattery: 'run', onMetered: 'run' },
    consent: { optional: 'install', askTimeoutSeconds: 300, maxDeferrals: 3 },
    download: { parallel: 4, maxBytesPerSecond: 0, cacheMaxBytes: 2147483648, timeoutSeconds: 60 },
    verify: { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 50, timeoutSeconds: 300, maxMemoryBytes: 4294967296 },
    probation: { minutes: 10, maxRestarts: 3, bootLoopMinutes: 10 },
    plugins: { allow: [] },
    report: { format: 'native' },
    log: { level: 'info' },
    history: { keep: 200 },
  });
  assert.equal(sources, [{ path: MAIN, trusted: true }]);
  assert.equal([skipped, ignoredKeys], [[], []]);
  assert.equal(origins.find((o) => o.key === 'trust.rootFile'), { key: 'trust.rootFile', value: ROOT_FILE, source: MAIN, line: 8, overrode: [] });
  assert.equal(origins.find((o) => o.key === 'log.level'), { key: 'log.level', value: 'info', source: '[default]', overrode: [] });
});

test('every key that can be set arrives', async () => {
  const full = {
    ...LEAST,
    schema: 1,
    id: 'fleet',
    version: 7,
    servers: [{ url: 'http://10.0.0.1:8080/x/', username: 'u', passwordFile: '/etc/glued/pw', headers: { 'X-Key': 'v' } }],
    proxy: { mode: 'custom', url: 'http://proxy:3128', username: 'p', passwordFile: 'credential:proxy', noProxy: ['.corp'] },
    tls: { caFile: '/ca', clientCertFile: '/cert', clientKeyFile: '/key' },
    content: { av: { enabled: false, channel: 'beta', maxAgeHours: 24, hold: { hours: 4, until: '2026-12-01T00:00:00+01:00', reason: 'freeze' } } },
    components: { clamav: { enabled: true, channel: 'beta', pin: '1.10', allowDowngrade: true, hold: { hours: 1 } } },
    schedule: { dailyAt: ['03:00'], timeZone: 'Europe/Berlin', windows: [{ days: ['sat'], from: '22:00', to: '04:00' }], onlyIfOlderThanHours: 12, onlyIfDisconnectedHours: 3 },
    plugins: { allow: [{ id: 'edr', path: '/opt/edr', sha256: 'a'.repeat(64) }] },
    report: { consoleUrl: 'https://console.example/', tokenFile: '/tok', secretFile: '/sec', format: 'ocsf' },
  };
  const { policy } = await loaded(world(full));
  assert.equal(policy.servers, full.servers);
  assert.equal(policy.proxy, full.proxy);
  assert.equal(policy.content.av, { ...full.content.av, hold: { ...full.content.av.hold, until: parseInstant('2026-11-30T23:00:00Z') } });
  assert.equal([...policy.components], [['clamav', full.components.clamav]]);
  assert.equal(policy.schedule.windows, full.schedule.windows);
  assert.equal(policy.plugins, full.plugins);
  assert.equal(policy.report, full.report);
  assert.equal([policy.id, policy.version], ['fleet', 7]);
});

test('no policy is 20 and says where was looked', async () => {
  assert.match(await refusal(world()), /^20 .*\/etc\/glued\/policy\{\.json,\.yaml,\.yml,\.plist,\.xml\}, \/usr\/lib\/glued\/policy\.d, \/etc\/glued\/policy\.d/);
  assert.match(await refusal(world(), { ...ENFORCE, policyPath: '/none.json' }), /^20 .*\/none\.json/);
});

const bad = (changes: object): object => ({ ...LEAST, ...changes });
const ALLOWED = { id: 'yara', path: '/opt/yara', sha256: 'e'.repeat(64) };
const INVALID: readonly (readonly [string, unknown, RegExp])[] = [
  ['an unknown key', bad({ colour: 1 }), /^21 .*policy\.json, line \d+, key colour: found a key that is not known/],
  ['an unknown key below', bad({ content: { av: { chanel: 'x' } } }), /key content\.av\.chanel: found a key that is not known.*one of: enabled, channel, maxAgeHours, hold/],
  ['an unknown content type', bad({ content: { edr: {} } }), /key content\.edr/],
  ['$import', bad({ $import: './other.js' }), /key \$import: found a key that is not known/],
  ['a wrong type', bad({ schedule: { everyMinutes: '240' } }), /key schedule\.everyMinutes: found text "240"; allowed: a whole number from 1 to 10080/],
  ['a value out of range', bad({ download: { parallel: 33 } }), /key download\.parallel: found number 33; allowed: a whole number from 1 to 32/],
  ['half a number', bad({ download: { parallel: 1.5 } }), /number 1\.5/],
  ['text for a boolean', bad({ content: { av: { enabled: 'yes' } } }), /key content\.av\.enabled: found text "yes"; allowed: true or false/],
  ['0 for a boolean', bad({ content: { av: { enabled: 0 } } }), /found number 0; allowed: true or false/],
  ['null', bad({ proxy: null }), /key proxy: found null/],
  ['a list for a group', bad({ proxy: [] }), /key proxy: found a list of 0/],
  ['no server', bad({ servers: [] }), /key servers: found a list of 0; allowed: a list of at least 1/],
  ['servers not said', { trust: LEAST.trust }, /key servers: found nothing/],
  ['no root file said', { servers: LEAST.servers }, /key trust\.rootFile: found nothing/],
  ['a server without address', bad({ servers: [{}] }), /key servers\[0\]\.url: found nothing/],
  ['a password in an address', bad({ servers: [{ url: 'https://u:hunter2@h/' }] }), /key servers\[0\]\.url: found text "https:\/\/…@h\/"/],
  ['another scheme', bad({ servers: [{ url: 'ftp://h/' }] }), /key servers\[0\]\.url/],
  ['a query', bad({ servers: [{ url: 'https://h/?token=hunter2' }] }), /found text "https:\/\/h\/\?…"/],
  ['CR and LF in an address', bad({ servers: [{ url: 'https://h/\r\nX: y' }] }), /key servers\[0\]\.url/],
  ['LF in a header', bad({ servers: [{ url: 'https://h/', headers: { A: 'hunter2\nB: c' } }] }), /key servers\[0\]\.headers\.A: found text of 12 characters \(not shown\)/],
  ['a space in a header name', bad({ servers: [{ url: 'https://h/', headers: { 'A B': 'c' } }] }), /key servers\[0\]\.headers\.A B/],
  ['NUL in a user name', bad({ servers: [{ url: 'https://h/', username: 'a\u0000' }] }), /key servers\[0\]\.username/],
  ['a relative path', bad({ tls: { caFile: 'ca.pem' } }), /key tls\.caFile: found text "ca\.pem"; allowed: an absolute path/],
  ['a component id that is none', bad({ components: { 'Clam AV': {} } }), /key components\.Clam AV: found the name/],
  ['a time without a zone', bad({ content: { av: { hold: { until: '2026-12-01T00:00:00' } } } }), /key content\.av\.hold\.until/],
  ['a day that does not exist', bad({ schedule: { windows: [{ days: ['someday'], from: '00:00', to: '01:00' }] } }), /key schedule\.windows\[0\]\.days\[0\]/],
  ['a window without days', bad({ schedule: { windows: [{ days: [], from: '00:00', to: '01:00' }] } }), /key schedule\.windows\[0\]\.days/],
  ['a window that never lasts', bad({ schedule: { windows: [{ days: ['sat'], from: '01:00', to: '01:00' }] } }), /key schedule\.windows: found a window that ends when it begins/],
  ['a built-in plug-in that is allowed', bad({ plugins: { allow: [ALLOWED, { ...ALLOWED, id: 'clamav' }] } }), /policy\.json.* key plugins\.allow: found the id clamav, which is a built-in plug-in's; allowed: ids of external plug-ins: any but files, clamav, suricata, agent/],
  ['a plug-in that is allowed twice', bad({ plugins: { allow: [ALLOWED, { ...ALLOWED, path: '/opt/other' }] } }), /key plugins\.allow: found the id yara twice; allowed: each id once/],
  ['25 o\'clock', bad({ schedule: { dailyAt: ['25:00'] } }), /key schedule\.dailyAt\[0\]/],
  ['a time zone that is none', bad({ schedule: { timeZone: 'Mars/Olympus' } }), /key schedule\.timeZone: found text "Mars\/Olympus"; allowed: an IANA time zone, like Europe\/Berlin/],
  ['a time zone by its abbreviation', bad({ schedule: { timeZone: 'CEST' } }), /key schedule\.timeZone: found text "CEST"/],
  ['a time zone by its offset', bad({ schedule: { timeZone: '+02:00' } }), /key schedule\.timeZone: found text "\+02:00"/],
  ['custom without a proxy', bad({ proxy: { mode: 'custom' } }), /key proxy\.url: found nothing/],
  ['a SOCKS proxy', bad({ proxy: { mode: 'custom', url: 'socks5://u:hunter2@p:1080' } }), /key proxy\.url: found text "socks5:\/\/…@p:1080"; allowed: .*SOCKS is not supported/],
  ['a proxy with a path', bad({ proxy: { mode: 'custom', url: 'http://p:3128/x' } }), /key proxy\.url: found an address with a path/],
  ['a password in a proxy', bad({ proxy: { mode: 'custom', url: 'http://u:hunter2@p:3128' } }), /key proxy\.url: found text "http:\/\/…@p:3128"/],
  ['CR and LF in a proxy', bad({ proxy: { mode: 'custom', url: 'http://p:1/\r\nX: y' } }), /key proxy\.url/],
  ['LF in a user of a proxy', bad({ proxy: { mode: 'custom', url: 'http://p:1', username: 'a\nb', passwordFile: '/p' } }), /key proxy\.username/],
  ['a colon in a user of a proxy', bad({ proxy: { mode: 'custom', url: 'http://p:1', username: 'a:b', passwordFile: '/p' } }), /key proxy\.username: found a user name with a colon/],
  ['a user of a proxy without a password', bad({ proxy: { mode: 'custom', url: 'http://p:1', username: 'a' } }), /key proxy\.passwordFile: found nothing; allowed: a path, since there is proxy\.username/],
  ['a password for a proxy without a user', bad({ proxy: { mode: 'custom', url: 'http://p:1', passwordFile: '/p' } }), /key proxy\.username: found nothing/],
  ['a proxy that nobody would ask', bad({ proxy: { url: 'http://p:1' } }), /key proxy\.url: found a value, and proxy\.mode is not custom; allowed: it goes with proxy\.mode custom only/],
  ['a proxy beside mode none', bad({ proxy: { mode: 'none', url: 'http://p:1' } }), /key proxy\.url: found a value/],
  ['a password beside mode system', bad({ proxy: { mode: 'system', username: 'a', passwordFile: '/p' } }), /key proxy\.username: found a value, and proxy\.mode is not custom/],
  ['a digest that is none', bad({ plugins: { allow: [{ id: 'a', path: '/a', sha256: 'xyz' }] } }), /key plugins\.allow\[0\]\.sha256/],
  ['a duplicate key', '{"servers":[],\n"servers":[]}', /^21 .*line 2, key servers: found the same key twice/],
  ['__proto__', '{"__proto__":{"servers":[]}}', /^21 .*key __proto__/],
  ['half a document', '{"servers":', /^21 .*found the end of the document/],
  ['an empty file', '', /^21 .*found the end of the document/],
  ['a list', '[]', /^21 .*key \(document\): found a list of 0/],
];
for (const [what, policy, expected] of INVALID) {
  test(`${what} is 21, with file, line, key, found and allowed`, async () => {
    const text = await refusal(world(policy));
    assert.match(text, /^21 /);
    assert.match(text, /\/etc\/glued\/policy\.json/);
    assert.match(text, expected);
    assert.not.match(text, /hunter2/);
  });
}

test('every problem of every file is told, not only the first', async () => {
  const on = world(bad({ colour: 1, log: { level: 'loud' } }));
  on.files.put('/etc/glued/policy.d/10.yaml', 'history:\n  keep: 0\n').put('/etc/glued/policy.d/20.json', '{"a":}');
  const outcome = await loadPolicy(on, ENFORCE);
  assert.not(outcome.ok);
  if (outcome.ok) return;
  assert.is(outcome.failure.data['count'], 4);
  assert.equal(
    (outcome.failure.detail ?? '').split('\n').map((line) => line.replace(/: found.*/, '')).sort(),
    ['/etc/glued/policy.d/10.yaml:2: history.keep', '/etc/glued/policy.d/20.json:1: a', '/etc/glued/policy.json:10: colour', '/etc/glued/policy.json:12: log.level'],
  );
  assert.equal(Object.keys(outcome.failure.data).sort(), ['allowed', 'at', 'count', 'file', 'found', 'key', 'line']);
});

test('keys that no file states are told beside the problems of those that are stated', async () => {
  const keys = async (policy: unknown): Promise<readonly string[]> => {
    const examined = await examinePolicy(world(policy), ENFORCE);
    return examined.ok ? [] : examined.failure.problems.map(({ key }) => key);
  };
  assert.equal(await keys({ colour: 1 }), ['colour', 'servers', 'trust.rootFile']);
  assert.equal(await keys({ servers: [{ url: 'x' }], trust: { rootFile: 5 } }), ['servers[0].url', 'trust.rootFile']);
  assert.equal(await keys('{"servers":'), ['servers']);
  assert.equal(await keys({ ...LEAST, trust: { rootFile: '/none' } }), ['trust.rootFile']);
});

test('a root file that is missing, or no root, is 21 and names the key', async () => {
  const on = world(LEAST);
  on.files.remove(ROOT_FILE);
  assert.match(await refusal(on), /^21 .*trust\.rootFile names \/etc\/glued\/root\.json/);
  for (const content of ['{}', '{"signed":{"_type":"targets"}}', 'nonsense', '', '{"signed":{"_type":"root","_type":"root"}}']) {
    on.files.put(ROOT_FILE, content);
    assert.match(await refusal(on), /^21 .*trust\.rootFile names .*no TUF root/);
  }
});

test('where the policy states a newer schema, unknown keys are ignored and reported, and nothing else', async () => {
  const { policy, ignoredKeys } = await loaded(world(bad({ schema: 2, colour: 1, content: { av: { mood: 'x' }, edr: {} } })));
  assert.equal(ignoredKeys, ['colour', 'content.av.mood', 'content.edr']);
  assert.is(policy.schema, 2);
  assert.match(await refusal(world(bad({ schema: 2, log: { level: 'loud' } }))), /^21 .*log\.level/);
  assert.match(await refusal(world(bad({ schema: 0 }))), /^21 .*key schema/);
  const on = world(bad({ colour: 1 }));
  on.files.put('/etc/glued/policy.d/99.xml', '<policy><schema>2</schema></policy>');
  assert.equal((await loaded(on)).ignoredKeys, ['colour']);
});

test('the same effective values give the same digest, in whatever files and formats', async () => {
  const one = await loaded(world(bad({ log: { level: 'warn' }, history: { keep: 5 } })));
  const on = world();
  on.files.put('/usr/lib/glued/policy.d/10.yaml', `history: {keep: 9}\ntrust: {rootFile: ${ROOT_FILE}}\n`);
  on.files.put('/etc/glued/policy.xml', '<policy><log><level>warn</level></log><servers><item><url>https://content.example</url></item></servers></policy>');
  on.files.put('/etc/glued/policy.d/10.json', '{"history":{"keep":5}}');
  const two = await loaded(on);
  assert.is(two.digest, one.digest);
  assert.is.not((await loaded(world(LEAST))).digest, one.digest);
});

test('a Windows machine reads ProgramData and then the registry', async () => {
  const answer = [
    '',
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\glued',
    '    id    REG_SZ    fleet one',
    '',
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\glued\\content\\av',
    '    enabled    REG_DWORD    0x0',
    '    maxAgeHours    REG_DWORD    0x18',
    '',
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\glued\\servers\\1',
    '    url    REG_SZ    https://managed.example',
    '',
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\glued\\schedule',
    '    dailyAt    REG_MULTI_SZ    03:00\\015:00',
    '',
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\glued\\trust',
    `    rootFile    REG_SZ    ${ROOT_FILE}`,
    '',
  ].join('\r\n');
  const on = { ...world(undefined, { platform: 'win32', env: { ProgramData: '/ProgramData' } }), proc: procFake(answer) };
  const { policy, sources, origins } = await loaded(on);
  assert.equal(policy.servers, [{ url: 'https://managed.example' }]);
  assert.equal([policy.id, policy.content.av.enabled, policy.content.av.maxAgeHours], ['fleet one', false, 24]);
  assert.equal(policy.schedule.dailyAt, ['03:00', '15:00']);
  assert.equal(sources, [{ path: 'HKLM\\Software\\Policies\\glued', trusted: true }]);
  assert.equal(origins.find((o) => o.key === 'content.av.enabled')?.converted, { from: 'number 0' });
  assert.ok(on.files.log.every((line) => !/\/etc\/glued\/policy|\/usr\/lib/.test(line)));
});

test('a Windows registry that cannot be asked is an error, never nothing', async () => {
  const on = world(undefined, { platform: 'win32', env: { ProgramData: '/ProgramData' } });
  const run: World['proc']['run'] = async () => failed({ kind: 'denied', program: 'reg.exe', detail: 'access denied' });
  assert.match(await refusal({ ...on, proc: { ...on.proc, run } }), /^26 .*HKLM\\Software\\Policies\\glued cannot be read: access denied/);
  assert.match(await refusal(on), /^20 /);
});

test.run();

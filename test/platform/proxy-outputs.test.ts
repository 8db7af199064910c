// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChildEnd, failed, ok, type Log, type Os, type Outcome, type Proc, type ProcFailure } from '../../src/model/index.ts';
import { type Asked, readGsettings, readScutil, readWinHttp } from '../../src/platform/proxy-outputs.ts';
import { proxySettings } from '../../src/platform/proxy-settings.ts';

const test = suite('proxy outputs');

const gnome = (changes: Readonly<Record<string, string>>): string =>
  Object.entries({
    'org.gnome.system.proxy autoconfig-url': "''",
    'org.gnome.system.proxy ignore-hosts': "['localhost', '127.0.0.0/8', '::1']",
    'org.gnome.system.proxy mode': "'none'",
    'org.gnome.system.proxy use-same-proxy': 'true',
    'org.gnome.system.proxy.ftp host': "''",
    'org.gnome.system.proxy.ftp port': '0',
    'org.gnome.system.proxy.http authentication-password': "''",
    'org.gnome.system.proxy.http authentication-user': "''",
    'org.gnome.system.proxy.http enabled': 'false',
    'org.gnome.system.proxy.http host': "''",
    'org.gnome.system.proxy.http port': '8080',
    'org.gnome.system.proxy.http use-authentication': 'false',
    'org.gnome.system.proxy.https host': "''",
    'org.gnome.system.proxy.https port': '0',
    'org.gnome.system.proxy.socks host': "''",
    'org.gnome.system.proxy.socks port': '0',
    ...Object.fromEntries(Object.entries(changes).map(([k, v]) => [`org.gnome.system.proxy${k}`, v])),
  })
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
const LOCAL = ['localhost', '127.0.0.0/8', '::1'];

const MAC_NONE = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
}
`;
const mac = (lines: string): string => MAC_NONE.replace('  FTPPassive : 1\n', `  FTPPassive : 1\n${lines}`);
const MAC_NO = ['*.local', '169.254/16'];

/** As WinHTTP keeps it, and `reg query` shows it. */
function winhttp(flags: number, ...texts: readonly string[]): string {
  const number = (n: number): string => [0, 8, 16, 24].map((bits) => ((n >> bits) & 255).toString(16).padStart(2, '0')).join('');
  const text = (t: string): string => number(t.length) + [...t].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  const hex = `${number(0x18)}${number(0)}${number(flags)}${texts.map(text).join('')}`.toUpperCase();
  return `\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections\r\n    WinHttpSettings    REG_BINARY    ${hex}\r\n\r\n`;
}

const CASES: readonly (readonly [string, (stdout: string) => Asked, string, Asked])[] = [
  ['GNOME without a proxy', readGsettings, gnome({}), undefined],
  ['GNOME that has a host but no mode', readGsettings, gnome({ '.http host': "'p.example'" }), undefined],
  ['GNOME, manual', readGsettings, gnome({ ' mode': "'manual'", '.http host': "'p.example'", '.http port': '3128', '.https host': "'q.example'", '.https port': '3129' }),
    { http: 'http://p.example:3128', https: 'http://q.example:3129', noProxy: LOCAL }],
  ['GNOME with a password', readGsettings,
    gnome({ ' mode': "'manual'", '.http host': "'p'", '.http use-authentication': 'true', '.http authentication-user': "'fl@et'", '.http authentication-password': "'it\\'s:1'" }),
    { http: "http://fl%40et:it's%3A1@p:8080", noProxy: LOCAL }],
  ['GNOME with SOCKS alone', readGsettings, gnome({ ' mode': "'manual'", '.socks host': "'s'", '.socks port': '1080', ' ignore-hosts': '@as []' }), { socks: 'socks://s:1080', noProxy: [] }],
  ['GNOME, manual and empty', readGsettings, gnome({ ' mode': "'manual'" }), undefined],
  ['GNOME with a PAC', readGsettings, gnome({ ' mode': "'auto'", ' autoconfig-url': "'http://w/p.pac'" }), { pac: 'http://w/p.pac', noProxy: LOCAL }],
  ['GNOME with WPAD', readGsettings, gnome({ ' mode': "'auto'" }), { pac: 'search', noProxy: LOCAL }],
  ['GNOME with an IPv6 proxy', readGsettings, gnome({ ' mode': "'manual'", '.http host': "'fd00::1'" }), { http: 'http://[fd00::1]:8080', noProxy: LOCAL }],
  ['macOS without a proxy', readScutil, MAC_NONE, undefined],
  ['macOS with both', readScutil, mac('  HTTPEnable : 1\n  HTTPPort : 3128\n  HTTPProxy : p.example\n  HTTPSEnable : 1\n  HTTPSPort : 3129\n  HTTPSProxy : q.example\n'),
    { http: 'http://p.example:3128', https: 'http://q.example:3129', noProxy: MAC_NO }],
  ['macOS with one that is off', readScutil, mac('  HTTPEnable : 0\n  HTTPPort : 3128\n  HTTPProxy : p.example\n'), undefined],
  ['macOS with simple names exempted', readScutil, mac('  ExcludeSimpleHostnames : 1\n  HTTPEnable : 1\n  HTTPPort : 3128\n  HTTPProxy : p\n'), { http: 'http://p:3128', noProxy: [...MAC_NO, '<local>'] }],
  ['macOS with a PAC, which comes before the rest', readScutil,
    mac('  HTTPEnable : 1\n  HTTPPort : 3128\n  HTTPProxy : p\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://w/p.pac\n'), { pac: 'http://w/p.pac', noProxy: MAC_NO }],
  ['macOS with WPAD', readScutil, mac('  ProxyAutoDiscoveryEnable : 1\n'), { pac: 'search', noProxy: MAC_NO }],
  ['macOS with SOCKS', readScutil, mac('  SOCKSEnable : 1\n  SOCKSPort : 1080\n  SOCKSProxy : s\n'), { socks: 'socks://s:1080', noProxy: MAC_NO }],
  ['macOS with a proxy of one interface', readScutil, mac('  __SCOPED__ : <dictionary> {\n    en0 : <dictionary> {\n      HTTPEnable : 1\n      HTTPProxy : vpn\n    }\n  }\n'), undefined],
  ['WinHTTP without a proxy', readWinHttp, winhttp(1, '', ''), undefined],
  ['WinHTTP that was never set', readWinHttp, '', undefined],
  ['WinHTTP with one for all', readWinHttp, winhttp(3, 'p.example:8080', '*.corp;<local>'), { http: 'p.example:8080', https: 'p.example:8080', noProxy: ['*.corp', '<local>'] }],
  ['WinHTTP with one each', readWinHttp, winhttp(3, 'http=p:80;https=q:443', ''), { http: 'p:80', https: 'q:443', noProxy: [] }],
  ['WinHTTP with https alone', readWinHttp, winhttp(3, 'https=q:443', ''), { https: 'q:443', noProxy: [] }],
  ['WinHTTP with SOCKS', readWinHttp, winhttp(3, 'socks=s:1080', ''), { socks: 'socks://s:1080', noProxy: [] }],
  ['WinHTTP with a PAC', readWinHttp, winhttp(5, '', '', 'http://w/p.pac'), { pac: 'http://w/p.pac', noProxy: [] }],
  ['WinHTTP with WPAD', readWinHttp, winhttp(9, '', ''), { pac: 'search', noProxy: [] }],
  ['WinHTTP, damaged', readWinHttp, winhttp(3, 'p.example:8080', '').replace(/([0-9A-F]{40})[0-9A-F]+/, '$1'), undefined],
];
for (const [what, read, stdout, found] of CASES) {
  test(`${what} is read`, () => assert.equal(read(stdout), found));
}

type Ran = Outcome<Partial<ChildEnd>, ProcFailure>;
async function ask(platform: Os['platform'], ran: Ran | undefined): Promise<{ readonly found: unknown; readonly argv: string; readonly env: string; readonly logged: string }> {
  let argv = '';
  let env = '';
  let logged = '';
  const end: ChildEnd = { kind: 'exit', exit: 0, signal: null, stdout: '', stderr: '', ms: 1, peakBytes: 0 };
  const proc: Pick<Proc, 'run' | 'find'> = {
    find: ([name]) => (ran === undefined ? undefined : name),
    run: (request) => {
      argv = request.argv.join(' ');
      env = Object.keys(request.env).join();
      if (ran === undefined) throw new Error('not there');
      return Promise.resolve(ran.ok ? ok({ ...end, ...ran.value }) : ran);
    },
  };
  const log: Log = { write: (level, event) => void (logged = `${level} ${event}`) };
  const found = await proxySettings({ os: { platform, env: { HOME: '/root', SECRET: 'x' } }, proc, log });
  return { found, argv, env, logged };
}

test('each system is asked by its own program, which is told nothing that it need not know', async () => {
  const linux = await ask('linux', ok({ stdout: gnome({ ' mode': "'manual'", '.http host': "'p'" }) }));
  assert.equal(linux.found, { source: 'the settings of GNOME (gsettings list-recursively org.gnome.system.proxy)', http: 'http://p:8080', noProxy: LOCAL });
  assert.is(linux.argv, 'gsettings list-recursively org.gnome.system.proxy');
  assert.is(linux.env, 'HOME,LC_ALL');
  const darwin = await ask('darwin', ok({ stdout: mac('  ProxyAutoDiscoveryEnable : 1\n') }));
  assert.is(darwin.argv, '/usr/sbin/scutil --proxy');
  assert.equal(darwin.found, { source: 'the settings of macOS (scutil --proxy)', pac: 'search', noProxy: MAC_NO });
  const win32 = await ask('win32', ok({ stdout: winhttp(3, 'p:1', '') }));
  assert.match(win32.argv, /^reg\.exe query HKLM\\.*\\Connections \/v WinHttpSettings$/);
  assert.equal(win32.found, { source: 'the settings of WinHTTP (netsh winhttp show proxy)', http: 'p:1', https: 'p:1', noProxy: [] });
});

test('nobody to ask, or nothing ever set, is no proxy; what cannot be read is logged', async () => {
  assert.equal(await ask('other', ok({})), { found: undefined, argv: '', env: '', logged: '' });
  assert.equal(await ask('linux', undefined), { found: undefined, argv: '', env: '', logged: '' });
  const unset = await ask('win32', ok({ exit: 1, stderr: 'ERROR: The system was unable to find the specified registry key or value.' }));
  assert.equal([unset.found, unset.logged], [undefined, '']);
  for (const ran of [ok({ kind: 'timeout', exit: null } as const), ok({ exit: 134 }), failed({ kind: 'denied', program: 'gsettings', detail: 'no' } as const)]) {
    const unread = await ask('linux', ran);
    assert.equal([unread.found, unread.logged], [undefined, 'warn proxy-settings-not-read']);
  }
});

test.run();

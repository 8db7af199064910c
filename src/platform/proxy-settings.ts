import type { Log, Os, Proc, ProxySettings } from '../model/index.ts';
import { type Asked, readGsettings, readScutil, readWinHttp } from './proxy-outputs.ts';

type Question = {
  readonly argv: readonly [string, ...string[]];
  /** for messages */
  readonly source: string;
  readonly read: (stdout: string) => Asked;
};

/** Whom each system keeps its proxy with. WinHTTP is asked of the registry: netsh answers in the machine's language. */
const QUESTIONS: Readonly<Record<Os['platform'], Question | undefined>> = {
  linux: {
    argv: ['gsettings', 'list-recursively', 'org.gnome.system.proxy'],
    source: 'the settings of GNOME (gsettings list-recursively org.gnome.system.proxy)',
    read: readGsettings,
  },
  darwin: { argv: ['/usr/sbin/scutil', '--proxy'], source: 'the settings of macOS (scutil --proxy)', read: readScutil },
  win32: {
    argv: ['reg.exe', 'query', 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections', '/v', 'WinHttpSettings'],
    source: 'the settings of WinHTTP (netsh winhttp show proxy)',
    read: readWinHttp,
  },
  other: undefined,
};

/** What these programs need to find their own settings; nothing else of the environment is theirs to know. */
const VARIABLES = ['HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'DCONF_PROFILE', 'SystemRoot'];
const LIMITS = { timeoutMs: 5000, maxMemoryBytes: 256 * 1024 * 1024, keepBytes: 64 * 1024 };

/** The machine's own proxy settings; undefined where it has none, or nobody to ask. What cannot be read is logged. */
export async function proxySettings(ports: {
  readonly os: Pick<Os, 'platform' | 'env'>;
  readonly proc: Pick<Proc, 'run' | 'find'>;
  readonly log: Log;
}): Promise<ProxySettings | undefined> {
  const question = QUESTIONS[ports.os.platform];
  if (question === undefined || ports.proc.find([question.argv[0]]) === undefined) return undefined;
  const env = VARIABLES.flatMap((name) => {
    const value = ports.os.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { argv, source, read } = question;
  const ran = await ports.proc.run({ argv, env: { ...Object.fromEntries(env), LC_ALL: 'C' }, ...LIMITS, signal: new AbortController().signal });
  const unread = (why: string): undefined => {
    ports.log.write('warn', 'proxy-settings-not-read', { source, why });
  };
  if (!ran.ok) return unread(ran.failure.detail);
  // a value or a schema that is not there: nothing was ever set
  if (ran.value.kind === 'exit' && ran.value.exit === 1) return undefined;
  if (ran.value.kind !== 'exit' || ran.value.exit !== 0) return unread(`${ran.value.kind} ${ran.value.exit ?? ran.value.signal ?? ''}: ${ran.value.stderr}`);
  const found = read(ran.value.stdout);
  return found === undefined ? undefined : { source, ...found };
}

import { type Os } from '../model/index.ts';
import { askedOnce } from './asked-once.ts';
import { readWhole } from './open-file.ts';
import { isSelfContained } from './self-contained.ts';
import { networkCostOf, powerOf } from './power.ts';
import { fromChild, quietly } from './quietly.ts';

/** counts the starts of the machine */
const WINDOWS_BOOTS = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/** What this machine and this process are. What costs something, or a permission, is asked when it is called. */
export function createOs(): Os {
  const platform = process.platform;
  return {
    platform: platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other',
    arch: process.arch,
    runtime: runtimeName(),
    hostName: () => quietly('', () => process.getBuiltinModule('node:os').hostname()),
    machineId: askedOnce(() => machineId(platform)),
    bootId: askedOnce(() => bootId(platform)),
    upMs: () => quietly(undefined, () => process.getBuiltinModule('node:os').uptime() * 1000),
    timeZone: () => quietly('UTC', () => Temporal.Now.timeZoneId()),
    power: () => powerOf(platform),
    networkCost: () => networkCostOf(platform),
    pid: process.pid,
    uid: quietly(0, () => process.getuid?.() ?? 0),
    cwd: quietly('/', () => process.cwd()),
    env: createEnv(),
    hasNetwork: () => quietly(true, hasNetwork),
    self: process.argv[1] ?? process.execPath,
    program,
  };
}

/** A single executable has the typed name where others have their script. */
function program(): readonly [string, ...string[]] {
  const script = process.argv[1];
  return script === undefined || isSelfContained() ? [process.execPath] : [process.execPath, script];
}

function runtimeName(): string {
  const deno: unknown = Object.getOwnPropertyDescriptor(globalThis, 'Deno') === undefined ? undefined : process.versions['deno'];
  return typeof deno === 'string' ? `deno ${deno}` : `node ${process.versions.node}`;
}

/** The environment, a variable at a time: Deno may allow some of them only. */
function createEnv(): Readonly<Record<string, string | undefined>> {
  return new Proxy<Record<string, string | undefined>>(Object.create(null), {
    get: (_, name) => (typeof name === 'string' ? quietly(undefined, () => process.env[name]) : undefined),
    has: (_, name) => typeof name === 'string' && quietly(undefined, () => process.env[name]) !== undefined,
    ownKeys: () => quietly([], () => Object.keys(process.env)),
    getOwnPropertyDescriptor: (_, name) => {
      const value = typeof name === 'string' ? quietly(undefined, () => process.env[name]) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true };
    },
  });
}

function hasNetwork(): boolean {
  const all = process.getBuiltinModule('node:os').networkInterfaces();
  return Object.values(all).some((addresses) => addresses?.some((a) => !a.internal) === true);
}

function machineId(platform: string): string | undefined {
  if (platform === 'darwin') return fromChild('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'], /"IOPlatformUUID" = "([0-9A-Fa-f-]{36})"/);
  if (platform === 'win32') {
    return fromChild('reg.exe', ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid'], /MachineGuid\s+REG_SZ\s+(\S+)/);
  }
  for (const path of MACHINE_ID_FILES) {
    const read = readWhole(path, 4096);
    const id = read.ok ? new TextDecoder().decode(read.value).trim() : '';
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  return undefined;
}

function bootId(platform: string): string | undefined {
  if (platform === 'darwin') return fromChild('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], /^([0-9A-Fa-f-]{36})/);
  if (platform === 'win32') return fromChild('reg.exe', ['query', WINDOWS_BOOTS, '/v', 'BootId'], /BootId\s+REG_DWORD\s+(\S+)/);
  const read = readWhole('/proc/sys/kernel/random/boot_id', 64);
  const id = read.ok ? new TextDecoder().decode(read.value).trim() : '';
  return /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
}

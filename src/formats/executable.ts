/** What kind of program a file is, by its first bytes: ELF, Mach-O and PE headers, enough to know where it can run. */

/** Systems and processors by the agent's own names (`linux`, `x64`); another processor by its number, `machine 243`. */
export type Executable = {
  readonly format: 'elf' | 'mach-o' | 'pe';
  readonly os: 'linux' | 'darwin' | 'win32';
  /** a universal Mach-O has several */
  readonly archs: readonly string[];
};

/** So much of a file holds its header: a PE header lies behind a DOS program, by convention within the first KiB. */
export const EXECUTABLE_HEAD_BYTES = 4096;

/** ELF e_machine (System V ABI), 64 bits. */
const ELF_MACHINES: ReadonlyMap<number, string> = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);
/** Mach-O cputype with its 64-bit flag (mach/machine.h). */
const MACH_CPUS: ReadonlyMap<number, string> = new Map([
  [0x0100_0007, 'x64'],
  [0x0100_000c, 'arm64'],
]);
/** IMAGE_FILE_MACHINE_* of the COFF header. */
const PE_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x8664, 'x64'],
  [0xaa64, 'arm64'],
]);

const ELF_MAGIC = 0x7f45_4c46;
const ELF_CLASS_64 = 2;
const ELF_BIG_ENDIAN = 2;
/** ET_EXEC, and ET_DYN: a position independent program looks like a library */
const ELF_PROGRAMS: ReadonlySet<number> = new Set([2, 3]);
const MACH_MAGIC_64 = 0xcffa_edfe;
const MACH_EXECUTE = 2;
const FAT_MAGIC = 0xcafe_babe;
/** Java class files begin as universal binaries do; their second word is a version of at least 45. */
const MAX_FAT_ARCHS = 32;
const PE_SIGNATURE = 0x5045_0000;

/** Reads a file's head; undefined where it is no program of these formats (a script, a library of other bits, half a file). */
export function readExecutable(head: Uint8Array): Executable | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 64) return undefined;
  const magic = view.getUint32(0);
  if (magic === ELF_MAGIC) return readElf(view);
  if (magic === MACH_MAGIC_64) return view.getUint32(12, true) === MACH_EXECUTE ? machO([view.getUint32(4, true)]) : undefined;
  if (magic === FAT_MAGIC) return readFat(view);
  return view.getUint16(0) === 0x4d5a ? readPe(view) : undefined;
}

function readElf(view: DataView): Executable | undefined {
  if (view.getUint8(4) !== ELF_CLASS_64) return undefined;
  const isLittle = view.getUint8(5) !== ELF_BIG_ENDIAN;
  if (!ELF_PROGRAMS.has(view.getUint16(16, isLittle))) return undefined;
  return { format: 'elf', os: 'linux', archs: [named(ELF_MACHINES, view.getUint16(18, isLittle))] };
}

function readFat(view: DataView): Executable | undefined {
  const count = view.getUint32(4);
  if (count === 0 || count > MAX_FAT_ARCHS || 8 + count * 20 > view.byteLength) return undefined;
  return machO(Array.from({ length: count }, (_, i) => view.getUint32(8 + i * 20)));
}

const machO = (cpus: readonly number[]): Executable => ({ format: 'mach-o', os: 'darwin', archs: cpus.map((cpu) => named(MACH_CPUS, cpu)) });

function readPe(view: DataView): Executable | undefined {
  const at = view.getUint32(0x3c, true);
  if (at + 6 > view.byteLength || view.getUint32(at) !== PE_SIGNATURE) return undefined;
  return { format: 'pe', os: 'win32', archs: [named(PE_MACHINES, view.getUint16(at + 4, true))] };
}

const named = (names: ReadonlyMap<number, string>, machine: number): string => names.get(machine) ?? `machine ${machine}`;

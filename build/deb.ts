import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lutimesSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildEpoch } from './bundle.ts';
import { SCRIPTS } from './deb/scripts.ts';
import { debFiles, debVersion, EMPTY_FOLDERS, MAINTAINER, NAME, PROGRAM } from './deb/tree.ts';
import { at } from './support/root.ts';

/** Debian's names of what Node calls them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What the executable is linked against: a test compares. init-system-helpers: the maintainer scripts. */
export const DEPENDS = 'libatomic1 (>= 4.8), libc6 (>= 2.28), libgcc-s1 (>= 3.0), libstdc++6 (>= 5), init-system-helpers (>= 1.54~)';

function control(installedKib: number, architecture: string): string {
  return `Package: ${NAME}
Version: ${debVersion()}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${installedKib}
Depends: ${DEPENDS}
Suggests: clamav-daemon, suricata
Section: admin
Priority: optional
Description: keeps security content current on managed computers
 glued brings antivirus databases, intrusion-prevention rules and other
 security content up to date from signed repositories, under a read-only
 policy: content is tested before it is used, what was there before comes
 back when anything goes wrong, and every component says what happened and
 why.
`;
}

/** Everything below a folder gets the build's time: the archive's bytes depend on nothing else. */
function stamp(path: string, epoch: number): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) stamp(join(path, name), epoch);
  lutimesSync(path, epoch, epoch);
}

function place(root: string, path: string, mode: number, write: (to: string) => void): void {
  const to = join(root, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  write(to);
  chmodSync(to, mode);
}

/** Makes the package in `folder` and gives its path. `program`: the executable that it installs. */
export function debPackage(program: string, folder: string, epoch: number): string {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`Debian's name of ${process.arch} is not known here`);
  const root = mkdtempSync(join(tmpdir(), 'glued-deb-'));
  const umask = process.umask(0o022);
  try {
    chmodSync(root, 0o755);
    place(root, PROGRAM, 0o755, (to) => copyFileSync(program, to));
    const files = debFiles(epoch);
    for (const { path, mode, bytes } of files) place(root, path, mode, (to) => writeFileSync(to, bytes));
    for (const path of EMPTY_FOLDERS) mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
    const bytes = files.reduce((sum, file) => sum + file.bytes.length, statSync(program).size);
    place(root, 'DEBIAN/control', 0o644, (to) => writeFileSync(to, control(Math.ceil(bytes / 1024), architecture)));
    for (const [name, text] of Object.entries(SCRIPTS)) place(root, `DEBIAN/${name}`, 0o755, (to) => writeFileSync(to, text));
    stamp(root, epoch);
    const output = join(folder, `${NAME}_${debVersion()}_${architecture}.deb`);
    // one thread: the archive may not depend on how many cores there are. Level 6 is a seventh smaller, and takes five times as long
    const options = ['--root-owner-group', '--threads-max=1', '-Zxz', '-z1', '--build', root, `${output}.tmp`];
    execFileSync('dpkg-deb', options, { env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'inherit'] });
    renameSync(`${output}.tmp`, output);
    return output;
  } finally {
    process.umask(umask);
    rmSync(root, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const program = at('dist', 'glued');
  if (!existsSync(program)) throw new Error(`${program} is not built: make binary`);
  process.stdout.write(`${debPackage(program, at('dist'), buildEpoch())}\n`);
}

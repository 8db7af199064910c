import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PACKAGED, SERVICE_DEFAULTS, unit, UNIT_NAMES } from '../../src/service/index.ts';
import { at, packageVersion } from '../support/root.ts';
import { copyrightFile } from './copyright.ts';
import { LAUNCHER } from './scripts.ts';

/** The package's name in dpkg, and the revision of its packaging. */
export const NAME = 'glued';
export const debVersion = (): string => `${packageVersion()}-1`;
export const MAINTAINER = 'The glued project <glued@packages.invalid>';

/** Where the executable lies, whatever it was called when it was built. */
export const PROGRAM = PACKAGED.program;

const DOC = `/usr/share/doc/${NAME}`;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322, as changelogs have it, in UTC. */
function mailDate(epoch: number): string {
  const d = new Date(epoch * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${DAYS[d.getUTCDay()]}, ${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`;
}

const changelog = (epoch: number): string => `${NAME} (${debVersion()}) unstable; urgency=medium\n\n  * Release ${packageVersion()}: see changelog.gz.\n\n -- ${MAINTAINER}  ${mailDate(epoch)}\n`;

/** Why lintian may not insist, each with its reason. */
const OVERRIDES = `# Node's single executable application: it brings its own libraries, as Node's own releases do, and may not be stripped or changed
glued: embedded-library *${PROGRAM.slice(1)}*
# the notices of what the executable brings are given as their authors wrote them
glued: copyright-file-contains-full-apache-2-license
`;

/** gzip without a time and without a name: the same text, the same bytes. */
const gz = (text: string | Buffer): Buffer => gzipSync(text, { level: 9 });
const source = (...path: readonly string[]): Buffer => readFileSync(at(...path));

/** What administrators read: every page of docs but how it is built. */
const pages = (): readonly string[] => readdirSync(at('docs')).filter((name) => name.endsWith('.md') && name !== 'ARCHITECTURE.md').sort();

/** One file of the package. */
export type DebFile = { readonly path: string; readonly mode: number; readonly bytes: Buffer };

/** Every file but the executable, by path. */
export function debFiles(epoch: number): readonly DebFile[] {
  const plain = (path: string, bytes: Buffer | string, mode = 0o644): DebFile => ({ path, mode, bytes: Buffer.from(bytes) });
  return [
    // a package's own units: what `glued service install` would write for this program, without our seal
    ...UNIT_NAMES.map((name) => plain(`/lib/systemd/system/${name}`, unit(name, { ...SERVICE_DEFAULTS, program: [PACKAGED.launcher] }))),
    plain(PACKAGED.launcher, LAUNCHER, 0o755),
    plain('/usr/share/man/man1/glued.1.gz', gz(source('docs', 'glued.1'))),
    plain('/usr/share/bash-completion/completions/glued', source('docs', 'glued.bash')),
    plain('/usr/share/zsh/vendor-completions/_glued', source('docs', 'glued.zsh')),
    plain('/usr/share/fish/vendor_completions.d/glued.fish', source('docs', 'glued.fish')),
    plain(`${DOC}/copyright`, copyrightFile()),
    plain(`${DOC}/changelog.Debian.gz`, gz(changelog(epoch))),
    plain(`${DOC}/changelog.gz`, gz(source('CHANGELOG.md'))),
    ...pages().map((name) => plain(`${DOC}/${name}.gz`, gz(source('docs', name)))),
    ...['policy.json', 'policy.yaml', 'policy.xml', 'policy.plist', 'policy.schema.json'].map((name) => plain(`${DOC}/examples/${name}`, source('policies', name))),
    plain(`${DOC}/examples/first-run/policy.json`, source('examples', 'first-run', 'policy.json')),
    plain(`${DOC}/examples/first-run/first-run.sh`, source('examples', 'first-run', 'first-run.sh'), 0o755),
    plain(`/usr/share/lintian/overrides/${NAME}`, OVERRIDES),
  ];
}

/** Folders that are the administrator's to fill. */
export const EMPTY_FOLDERS = ['/etc/glued/policy.d', '/usr/lib/glued/policy.d'] as const;

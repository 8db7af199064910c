import { readJson } from '../formats/json.ts';
import { group, oneOf, parseShape } from '../formats/shape.ts';
import { fail, failed, type Failure, failure, type FileHandle, type Io, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';
import { checkFollowed, ioText, type TrustCheck } from './trust.ts';

const MAX_ROOT_BYTES = 512 * 1024;
const ROOT = group({ signed: group({ _type: oneOf(['root']) }, 'ignore') }, 'ignore');

type Named = Pick<Policy, 'trust'>;

/** The bytes of trust.rootFile, which is there and a TUF root by its type. Whether it may be believed, the catalog room decides. */
export function readTrustRoot({ files }: Pick<Ports, 'files'>, policy: Named): Outcome<Uint8Array, Failure> {
  const path = policy.trust.rootFile;
  const opened = openRoot(files, path);
  return opened.ok ? readAndClose(opened.value, path) : opened;
}

/**
 * Who can change the root file can hand this machine any content, so it is held to what the policy is held to: checked and read through
 * one descriptor (22). `no`: the check was lifted and would have failed.
 */
export function examineTrustRoot(world: Pick<Ports, 'files' | 'os'>, policy: Named, check: TrustCheck): Outcome<{ readonly trusted: 'yes' | 'no' }, Failure> {
  const path = policy.trust.rootFile;
  const opened = openRoot(world.files, path);
  if (!opened.ok) return opened;
  const stat = opened.value.stat();
  const distrust = stat.ok ? checkFollowed(world, path, stat.value) : undefined;
  const read = readAndClose(opened.value, path);
  if (!read.ok) return read;
  if (distrust === undefined) return ok({ trusted: 'yes' });
  return check === 'insecure' ? ok({ trusted: 'no' }) : failed(aboutRoot(path, distrust));
}

/** The same finding, told of the key that names the file. */
function aboutRoot(path: string, distrust: Failure): Failure {
  const { target = '', owner = '', mode = '', command = '' } = distrust.data;
  return distrust.why === 'policy-untrusted' ? failure('root-file-untrusted', { path, target, owner, mode, command }) : distrust;
}

function openRoot(files: Ports['files'], path: string): Outcome<FileHandle, Failure> {
  const opened = files.openFollowing(path);
  if (opened.ok) return opened;
  return fail('root-file-missing', { path, problem: ioText(opened.failure) });
}

function readAndClose(handle: FileHandle, path: string): Outcome<Uint8Array, Failure> {
  const bytes = contentOf(handle);
  handle.close();
  if (!bytes.ok) return fail('root-file-missing', { path, problem: ioText(bytes.failure) });
  const read = readJson(bytes.value, { maxBytes: MAX_ROOT_BYTES });
  if (!read.ok) {
    const [first] = read.failure;
    return fail('root-file-invalid', { path, problem: `line ${first?.line ?? 1}: found ${first?.found}; allowed: ${first?.allowed}` });
  }
  const parsed = parseShape(ROOT, read.value.value);
  return 'value' in parsed ? ok(bytes.value) : fail('root-file-invalid', { path, problem: 'signed._type is not "root"' });
}

/** One byte more than it should have is asked for, so that a file that is too large is seen. */
function contentOf(handle: FileHandle): Io<Uint8Array> {
  const stat = handle.stat();
  const into = new Uint8Array(Math.min(stat.ok ? stat.value.size : MAX_ROOT_BYTES, MAX_ROOT_BYTES) + 1);
  const got = handle.read(into, 0);
  return got.ok ? ok(into.subarray(0, got.value)) : got;
}

import { readJson } from '../formats/json.ts';
import { group, oneOf, parseShape } from '../formats/shape.ts';
import { fail, type Failure, type Files, type Io, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';

const MAX_ROOT_BYTES = 512 * 1024;
const ROOT = group({ signed: group({ _type: oneOf(['root']) }, 'ignore') }, 'ignore');

/** The bytes of trust.rootFile, which is there and a TUF root by its type. Whether it may be believed, the catalog room decides. */
export function readTrustRoot({ files }: Pick<Ports, 'files'>, policy: Pick<Policy, 'trust'>): Outcome<Uint8Array, Failure> {
  const path = policy.trust.rootFile;
  const bytes = readFollowing(files, path);
  if (!bytes.ok) return fail('root-file-missing', { path, problem: bytes.failure.detail });
  const read = readJson(bytes.value, { maxBytes: MAX_ROOT_BYTES });
  if (!read.ok) {
    const [first] = read.failure;
    return fail('root-file-invalid', { path, problem: `line ${first?.line ?? 1}: found ${first?.found}; allowed: ${first?.allowed}` });
  }
  const parsed = parseShape(ROOT, read.value.value);
  return 'value' in parsed ? ok(bytes.value) : fail('root-file-invalid', { path, problem: 'signed._type is not "root"' });
}

/** An administrator may link to it. One byte more than it should have is asked for, so that a file that is too large is seen. */
function readFollowing(files: Files, path: string): Io<Uint8Array> {
  const opened = files.openFollowing(path);
  if (!opened.ok) return opened;
  const stat = opened.value.stat();
  const into = new Uint8Array(Math.min(stat.ok ? stat.value.size : MAX_ROOT_BYTES, MAX_ROOT_BYTES) + 1);
  const got = opened.value.read(into, 0);
  opened.value.close();
  return got.ok ? ok(into.subarray(0, got.value)) : got;
}

import { type SignTrust, MAX_SIGN_BYTES, readRoots, verifySign } from '../../../formats/clamsign.ts';
import { type Component, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { hashFile } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { cvdKind } from '../../../formats/cvd.ts';
import { type Placed, SIGN } from './layout.ts';

type Files = Ports['files'];
const MAX_ROOT_BYTES = 256 * 1024;

/**
 * Verifies each `.sign` of a release against the root that the component's SignRoot names; one that is no good refuses the release. What
 * was not checked or was not there comes back as notes.
 */
export async function checkSigns(ports: Pick<Ports, 'files' | 'log'>, job: Job, placed: readonly Placed[]): Promise<Outcome<readonly string[], Failure>> {
  const { files, log } = ports;
  const { component, next, now } = job;
  const signed = placed.filter((p) => p.entry.path.endsWith(SIGN));
  const names = new Set(signed.map((p) => p.entry.path));
  const bare = placed.filter((p) => cvdKind(p.entry.path) === 'cvd' && !names.has(p.entry.path + SIGN)).map((p) => p.entry.path);
  const absent = bare.length === 0 ? [] : [`${component.id}: ${bare.join(', ')} of release ${next.version} came without a ${SIGN}: verified by ClamAV's older signature only.`];
  if (signed.length === 0) return ok(absent);
  const path = component.settings['SignRoot'];
  if (path === undefined || path === '') return ok([...absent, `${component.id}: ${[...names].join(', ')} of release ${next.version} was not checked: the component has no SignRoot.`]);
  const trust = readTrust(files, component, path);
  if (!trust.ok) return trust;
  for (const sign of signed) {
    const file = sign.entry.path.slice(0, -SIGN.length);
    const verified = await checkOne(files, placed, sign, file, { ...trust.value, now });
    if (!verified.ok) return fail('sign-bad', { component: component.id, version: next.version, file: sign.entry.path, problem: verified.failure, root: path });
    log.write('info', 'sign-verified', { component: component.id, file, signer: verified.value });
  }
  return ok(absent);
}

async function checkOne(files: Files, placed: readonly Placed[], sign: Placed, name: string, trust: SignTrust): Promise<Outcome<string, string>> {
  const signed = placed.find((p) => p.entry.path === name);
  const hash = signed === undefined ? undefined : hashFile(files, signed.kept);
  const bytes = files.read(sign.kept, MAX_SIGN_BYTES);
  if (hash?.ok !== true || !bytes.ok) return { ok: false, failure: 'it, or what it signs, cannot be read' };
  return verifySign(bytes.value, Buffer.from(hash.value, 'hex'), trust);
}

/** The administrator's own root: what is wrong with it is no fault of the content. */
function readTrust(files: Files, component: Component, path: string): Outcome<Pick<SignTrust, 'roots'>, Failure> {
  const bytes = rootBytes(files, path);
  const roots = bytes.ok ? readRoots(bytes.value) : bytes;
  return roots.ok ? ok({ roots: roots.value }) : fail('sign-root-bad', { component: component.id, path, problem: roots.failure });
}

function rootBytes(files: Files, path: string): Outcome<Uint8Array, string> {
  const real = files.realPath(path);
  const bytes = real.ok ? files.read(real.value, MAX_ROOT_BYTES) : real;
  return bytes.ok ? bytes : { ok: false, failure: ioProblem(bytes.failure) };
}

/** Before a byte is fetched: a SignRoot that is named must be one. */
export function checkSignRoot(files: Files, component: Component): Outcome<undefined, Failure> {
  const path = component.settings['SignRoot'];
  const trust = path === undefined || path === '' ? ok() : readTrust(files, component, path);
  return trust.ok ? ok() : trust;
}

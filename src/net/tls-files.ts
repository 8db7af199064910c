import { createPrivateKey, X509Certificate } from 'node:crypto';
import { fail, type Failure, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';
import { readNamed } from './secret.ts';

type Bytes = Uint8Array;

/** Node and Deno throw their own kinds for a file that cannot be parsed, and Deno only when the connection is made: it is tried here. */
function problemOf(kind: 'certificate' | 'key', bytes: Bytes): string | undefined {
  const text = new TextDecoder().decode(bytes);
  if (!text.includes('-----BEGIN ')) return 'it is no PEM file';
  try {
    if (kind === 'certificate') new X509Certificate(bytes);
    else createPrivateKey(text);
    return undefined;
  } catch {
    return kind === 'certificate' ? 'it holds no certificate' : 'it holds no private key, or one with a passphrase';
  }
}

/** The bytes of the policy's certificates and key, checked. The key is a secret; certificates are not. */
export function tlsMaterial(
  ports: Pick<Ports, 'files' | 'os'>,
  tls: Policy['tls'],
): Outcome<{ readonly ca?: Bytes; readonly cert?: Bytes; readonly key?: Bytes }, Failure> {
  const wanted = [
    ['ca', 'tls.caFile', tls.caFile, 'public', 'certificate'],
    ['cert', 'tls.clientCertFile', tls.clientCertFile, 'public', 'certificate'],
    ['key', 'tls.clientKeyFile', tls.clientKeyFile, 'secret', 'key'],
  ] as const;
  const got: { ca?: Bytes; cert?: Bytes; key?: Bytes } = {};
  for (const [name, key, file, secrecy, kind] of wanted) {
    if (file === undefined) continue;
    const bytes = readNamed(ports, key, file, secrecy);
    if (!bytes.ok) return bytes;
    const problem = problemOf(kind, bytes.value);
    if (problem !== undefined) return fail('server-secret-unreadable', { key, path: file, reason: problem });
    got[name] = bytes.value;
  }
  if ((got.cert === undefined) !== (got.key === undefined)) {
    const [key, other] = got.cert === undefined ? ['tls.clientCertFile', 'tls.clientKeyFile'] : ['tls.clientKeyFile', 'tls.clientCertFile'];
    return fail('server-secret-unreadable', { key, path: '(nothing)', reason: `${other} is given, and a certificate and its key go together` });
  }
  return ok(got);
}

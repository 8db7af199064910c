import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Pair = { readonly cert: string; readonly key: string };
export type TestCa = { readonly ca: Uint8Array; readonly server: Pair; readonly expired: Pair; readonly elsewhere: Pair; readonly client: Pair };

/** An authority of our own and what it issued, made with the openssl command; undefined where there is none. */
export function makeTestCa(name: string): TestCa | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'glued-ca-'));
  const run = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  try {
    run('version');
  } catch {
    return undefined;
  }
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '3650', '-subj', `/O=Glued Tests/CN=${name}`,
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  const issue = (id: string, san: string, days: string, usage: string): Pair => {
    run('req', '-new', ...newKey, '-keyout', `${id}.key`, '-out', `${id}.csr`, '-subj', `/CN=${id}`);
    writeFileSync(join(folder, `${id}.ext`), `subjectAltName=${san}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n`);
    run('x509', '-req', '-in', `${id}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${id}.crt`, '-days', days, '-extfile', `${id}.ext`);
    return { cert: text(`${id}.crt`), key: text(`${id}.key`) };
  };
  try {
    return {
      server: issue('server', 'IP:127.0.0.1,DNS:localhost', '3650', 'serverAuth'),
      expired: issue('expired', 'IP:127.0.0.1', '-1', 'serverAuth'),
      elsewhere: issue('elsewhere', 'DNS:elsewhere.test', '3650', 'serverAuth'),
      client: issue('client', 'DNS:client.test', '3650', 'clientAuth'),
      ca: readFileSync(join(folder, 'ca.crt')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Chains and `.sign` files of our own, made with the openssl command. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXTENSIONS = {
  root: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign',
  middle: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign',
  'no CA': 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature',
  'issuer without CA': 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyCertSign',
  'CA that may not issue': 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature',
  leaf: 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning',
  'leaf for keys': 'basicConstraints=CA:FALSE\nkeyUsage=critical,keyEncipherment',
  'leaf for mail': 'basicConstraints=CA:FALSE\nextendedKeyUsage=emailProtection',
  'bare leaf': 'basicConstraints=CA:FALSE',
} as const;
export type CertificateKind = keyof typeof EXTENSIONS;

/** One who issues and signs; its files are in a folder that goes when the process ends. */
export class SignChain {
  readonly folder = mkdtempSync(join(tmpdir(), 'glued-sign-'));

  constructor() {
    process.on('exit', () => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** A new key and its certificate, by itself or by `issuer`. */
  issue(name: string, kind: CertificateKind, issuer?: string, days = 3650, bits = 2048): void {
    const newKey = ['-newkey', `rsa:${bits}`, '-nodes', '-keyout', `${name}.key`];
    this.run('req', '-new', ...newKey, '-out', `${name}.csr`, '-subj', `/O=Glued Tests/CN=${name}`);
    writeFileSync(join(this.folder, `${name}.ext`), `${EXTENSIONS[kind]}\n`);
    const by = issuer === undefined ? ['-key', `${name}.key`] : ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
    if (issuer === undefined) this.run('x509', '-req', '-in', `${name}.csr`, '-signkey', `${name}.key`, '-out', `${name}.crt`, '-days', String(days), '-extfile', `${name}.ext`);
    else this.run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`, '-days', String(days), '-extfile', `${name}.ext`);
  }

  pem(name: string): Uint8Array {
    return readFileSync(join(this.folder, `${name}.crt`));
  }

  /** A detached message over `content`, with `others` sent along. */
  message(content: Uint8Array, signer: string, others: readonly string[], ...options: readonly string[]): Uint8Array {
    writeFileSync(join(this.folder, 'content'), content);
    writeFileSync(join(this.folder, 'others.pem'), others.map((name) => Buffer.from(this.pem(name)).toString()).join(''));
    const along = others.length === 0 ? [] : ['-certfile', 'others.pem'];
    this.run('cms', '-sign', '-binary', '-in', 'content', '-outform', 'DER', '-out', 'message', '-signer', `${signer}.crt`, '-inkey', `${signer}.key`, '-md', 'sha256', ...along, ...options);
    return readFileSync(join(this.folder, 'message'));
  }

  private run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** A `.sign` with these messages, each for all levels from 230. */
export const signFile = (...messages: readonly Uint8Array[]): Uint8Array =>
  Buffer.from(['#clamsign-1.0', ...messages.map((message) => `230::pkcs7-pem:${Buffer.from(message).toString('base64')}`), ''].join('\n'));

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

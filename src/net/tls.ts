/** Certificates of the policy, as PEM text. `ca` is what the policy adds, together with the runtime's own authorities. */
export type TlsMaterial = { readonly ca?: readonly string[]; readonly cert?: string; readonly key?: string };

/**
 * The policy's authority is added to the runtime's, it does not replace them: a company's own server and a public one can stand in one
 * list. node:tls loads only where there is something to add.
 */
export async function tlsOptions(given: {
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
}): Promise<TlsMaterial> {
  const pem = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const ca = given.ca === undefined ? undefined : [...(await import('node:tls')).rootCertificates, pem(given.ca)];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(given.cert === undefined ? {} : { cert: pem(given.cert) }),
    ...(given.key === undefined ? {} : { key: pem(given.key) }),
  };
}

/**
 * transfer: a package that the signed catalog names becomes a verified file on disk. In go the servers in policy's order, the package's
 * hash and size, and the store; out comes a path, or what every server did wrong. It never believes a byte before the whole is hashed,
 * never begins again what can go on, and decides nothing about what is to be installed.
 */
export { fetchPackage, type Fetched, type FetchInput, type TransferPorts } from './fetch.ts';
export { checkSpace, type Need, spaceAt } from './space.ts';

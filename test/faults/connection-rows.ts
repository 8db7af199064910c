import { type Answer } from '../support/fault-server.ts';
import { acts, change, type Fault, head, headed, refused, borne, type Row, THREE_TRIES, UPTO } from './row.ts';

/** the body's first half, and something after it */
const half = (good: Answer): Uint8Array => (good.body ?? new Uint8Array()).subarray(0, Math.floor((good.body ?? '').length / 2));
const lengthOf = (good: Answer): number => (good.body ?? '').length;
/** so much of the body, then what comes; a request that goes on gets so much of what is left */
const resetHalf: Fault = (good) => ({ ...good, resetAt: half(good).length });
const endHalf: Fault = (good) => ({ ...good, endAt: half(good).length });
const hangHalf: Fault = (good) => ({ ...good, hangAt: half(good).length });
const silent = { timeoutSeconds: 2 } as const;
const BROKEN = /the connection was broken off|reset:/;
const SHORT = /the answer ended too early|short:/;
const STILL = /stalled: no byte for 2 s|came to a standstill \(no byte for 2 s\)/;
const PROTOCOL = /protocol:|this is no HTTP/;
/** a kept connection that breaks before its answer is replaced once by a new one (RFC 9110 9.2.2), beside the tries */
const anew = (code: number, says: RegExp, requests: number): Pick<Row, 'alone'> => ({ alone: { code, says, requests: requests + 1 } });
const tries = (code: number, says: RegExp): Pick<Row, 'alone'> => ({ alone: { code, says, requests: THREE_TRIES } });

/** Time: what comes late is waited for, what never comes is not. */
const TIME: readonly Row[] = [
  borne('timestamp', 'an answer that is late, and within the time', change({ delayMs: 700 })),
  borne('package', 'a package whose bytes come in small steps', change({ trickle: { bytes: 4000, everyMs: 30 } })),
  refused('timestamp', 'no answer to the request', acts('hang'), 4, STILL, silent),
  refused('timestamp', 'a head that stops in its middle', acts({ write: 'HTTP/1.1 200 OK\r\ncontent-' }, 'hang'), 4, STILL, silent),
  refused('snapshot', 'metadata that stops in its middle', hangHalf, 4, STILL, silent),
  refused('package', 'a package that stops in its middle', hangHalf, 9, STILL, silent),
  refused('timestamp', 'a head that trickles for ever', acts({ write: 'HTTP/1.1 200 OK\r\n' }, { repeat: 'x: y\r\n', everyMs: 100 }), 4, /no head for|standstill|16 KiB|overflow/i, { slow: true, ...silent }),
  refused('timestamp', 'metadata slower than the least rate', change({ trickle: { bytes: 5, everyMs: 500 } }), 4, /bytes a second for 30 s/, { slow: true }),
  refused('package', 'a package slower than the least rate', change({ trickle: { bytes: 300, everyMs: 500 } }), 9, /bytes a second for 30 s/, { slow: true }),
];

/** Connections that end where they should not. */
const ENDS: readonly Row[] = [
  { name: 'a connection that is closed as soon as it is there', on: 'root', accepted: ['end'], alone: { code: 4, says: BROKEN, requests: 0 }, second: 'saves' },
  { name: 'a connection that is reset as soon as it is there', on: 'root', accepted: ['reset'], alone: { code: 4, says: BROKEN, requests: 0 }, second: 'saves' },
  refused('timestamp', 'a reset in place of an answer', acts('reset'), 4, BROKEN, anew(4, BROKEN, UPTO.timestamp)),
  refused('timestamp', 'an end in place of an answer', acts('end'), 4, BROKEN, anew(4, BROKEN, UPTO.timestamp)),
  refused('timestamp', 'a reset in the head', acts({ write: 'HTTP/1.1 200 OK\r\ncontent-' }, { pauseMs: 20 }, 'reset'), 4, BROKEN, anew(4, BROKEN, UPTO.timestamp)),
  refused('snapshot', 'a reset in the body of metadata', resetHalf, 4, BROKEN),
  refused('snapshot', 'an end in the body of metadata', endHalf, 4, SHORT),
  refused('package', 'a reset in place of a package', acts('reset'), 9, BROKEN, anew(9, BROKEN, THREE_TRIES)),
  refused('package', 'a package that is reset at the same byte each time', resetHalf, 9, BROKEN, tries(9, BROKEN)),
  refused('package', 'a package that ends early each time', endHalf, 9, SHORT, tries(9, SHORT)),
  borne('package', 'a package that is reset once, in its middle', resetHalf, { only: [1], alone: { code: 0, requests: UPTO.package + 1 } }),
  borne('package', 'a package that ends early once', endHalf, { only: [1], alone: { code: 0, requests: UPTO.package + 1 } }),
  borne('timestamp', 'a server that ends each connection after its answer', change({ framing: 'close' })),
];

/** Lengths that are not those of the body. */
const LENGTHS: readonly Row[] = [
  refused('timestamp', 'a timestamp that was cut, with the right length of what is left', (good) => ({ ...good, body: half(good) }), 8, /timestamp cannot be used/),
  refused('snapshot', 'a snapshot that was cut, with the right length of what is left', (good) => ({ ...good, body: half(good) }), 8, /snapshot is \d+ bytes long, and timestamp promises \d+/),
  refused('package', 'a package that was cut, with the right length of what is left', (good) => ({ ...good, body: half(good) }), 9, /\d+ bytes in place of \d+/),
  refused('package', 'a package that was cut, without any length', (good) => ({ ...good, body: half(good), framing: 'close' }), 9, SHORT, tries(9, SHORT)),
  refused('package', 'a Content-Length that is too long', headed('200 OK', (good) => [`content-length: ${lengthOf(good) + 100}`]), 9, /\d+ bytes in place of \d+/),
  refused('package', 'a Content-Length that is too short', headed('200 OK', (good) => [`content-length: ${lengthOf(good) - 100}`]), 9, /\d+ bytes in place of \d+/),
  refused('timestamp', 'a Content-Length below zero', headed('200 OK', 'content-length: -5'), 4, PROTOCOL),
  refused('package', 'a Content-Length that is no number', headed('200 OK', 'content-length: many'), 9, PROTOCOL),
  refused('package', 'two Content-Lengths that differ', headed('200 OK', (good) => [`content-length: ${lengthOf(good)}`, 'content-length: 7']), 9, PROTOCOL),
  refused('package', 'a Content-Length beside chunks', headed('200 OK', (good) => [`content-length: ${lengthOf(good)}`, 'transfer-encoding: chunked']), 9, PROTOCOL),
  refused('timestamp', 'an endless timestamp', change({ endless: true }), 8, /timestamp is longer than the 16384 bytes/, { maxSent: 8_000_000 }),
  refused('package', 'an endless package', change({ endless: true }), 9, /more than the \d+ bytes that were signed/, { maxSent: 8_000_000 }),
  borne('package', 'a package in chunks', change({ framing: 'chunked' })),
  refused('package', 'chunks without their end', (good) => ({ ...good, framing: 'chunked', endAt: half(good).length }), 9, SHORT, tries(9, SHORT)),
  refused('timestamp', 'a chunk whose size is no number', acts({ write: `${head('200 OK', ['transfer-encoding: chunked'])}zz\r\nno\r\n` }, 'end'), 4, PROTOCOL),
  refused('timestamp', 'a chunk that says to be endless', acts({ write: `${head('200 OK', ['transfer-encoding: chunked'])}ffffffffffffffffff\r\nno\r\n` }, 'end'), 4, PROTOCOL),
];

/** What is no HTTP at all, or too much of it. */
const NO_HTTP: readonly Row[] = [
  refused('root', 'the greeting of another protocol', acts({ write: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'end'), 4, PROTOCOL),
  refused('timestamp', 'an answer without a head, as HTTP/0.9 has it', (good) => ({ acts: [{ write: good.body ?? '' }, 'end'] }), 4, PROTOCOL),
  refused('timestamp', 'an endless head', acts({ write: 'HTTP/1.1 200 OK\r\n' }, { repeat: `x: ${'y'.repeat(4000)}\r\n` }), 4, PROTOCOL, { maxSent: 8_000_000 }),
  refused('timestamp', 'a line of the head without end', acts({ write: 'HTTP/1.1 200 OK\r\nx: ' }, { repeat: 'y'.repeat(4000) }), 4, PROTOCOL, { maxSent: 8_000_000 }),
  refused('timestamp', 'a head with a NUL in it', headed('200 OK', 'x: a\0b'), 4, PROTOCOL),
  refused('timestamp', 'only a 100, and then nothing', acts({ write: head('100 Continue', []) }, 'hang'), 4, STILL, silent),
  refused('timestamp', 'only a 102, and then nothing', acts({ write: head('102 Processing', []) }, 'hang'), 4, STILL, silent),
  refused('timestamp', 'a flood of 102', acts({ repeat: head('102 Processing', []) , everyMs: 1 }), 4, /interim|1xx|stalled|standstill/i, { slow: true, ...silent }),
  borne('timestamp', 'an early hint before the answer', (good) => ({ acts: [{ write: head('103 Early Hints', ['link: </x>']) }, { write: head('200 OK', [`content-length: ${lengthOf(good)}`]) }, { write: good.body ?? '' }] })),
  refused('timestamp', 'a switch to another protocol', acts({ write: head('101 Switching Protocols', ['upgrade: x', 'connection: upgrade']) }, 'hang'), 4, PROTOCOL),
];

export const CONNECTION_ROWS: readonly Row[] = [...TIME, ...ENDS, ...LENGTHS, ...NO_HTTP];

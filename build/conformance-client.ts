/** The client for tuf-conformance as one file that runs on Node and Deno: `dist/conformance-client.mjs`. */
import { mkdirSync } from 'node:fs';
import { bundle } from './bundle.ts';
import { at } from './support/root.ts';

mkdirSync(at('dist'), { recursive: true });
await bundle('test/conformance/client.ts', 'dist/conformance-client.mjs');

/** Run as another user by files.test.ts: says what the port answers to who may not. */
import { createFiles } from '../../src/platform/files.ts';
import { createRandom } from '../../src/platform/random.ts';

const files = createFiles(createRandom());
const dir = process.argv[2] ?? '';
const kinds = {
  secret: files.read(`${dir}/secret`, 9),
  'closed/f': files.read(`${dir}/closed/f`, 9),
  list: files.list(`${dir}/closed`),
  replace: files.replace(`${dir}/new`, new Uint8Array(1), 0o644),
  none: files.stat(`${dir}/none`),
};
console.log(
  Object.entries(kinds)
    .map(([name, io]) => `${name} ${io.ok ? 'ok' : io.failure.kind}`)
    .join('; '),
);

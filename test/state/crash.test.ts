import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scanRegistry } from '../../src/registry/index.ts';
import { createMetadataStore, openState } from '../../src/state/index.ts';
import { atEveryCrash } from '../support/crashing-files.ts';
import { cleanUp as cleanRegistry, drop, GOOD, install, names, newState, scan } from '../registry/world.ts';
import { cleanUp, journalEntry, must, newDir, NOW, ports, withState } from './world.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('wherever the first opening dies, the next one is whole', () => {
  const points = atEveryCrash(
    newDir,
    ports.files,
    (files, dir) => must(openState({ ...ports, files }, dir, NOW)).close(),
    (dir, point) =>
      withState(dir, (state) => {
        assert.equal(state.notes, [], `died at ${point}`);
        must(state.journal.put(journalEntry('demo', 'testing')));
        assert.is(must(state.journal.list()).length, 1);
      }),
  );
  assert.ok(points >= 4, `${points}`);
});

test('wherever setting a damaged database aside dies, the next opening ends it', () => {
  const points = atEveryCrash(
    () => {
      const dir = newDir();
      withState(dir, () => undefined);
      writeFileSync(join(dir, 'state.db'), 'garbage');
      return dir;
    },
    ports.files,
    (files, dir) => must(openState({ ...ports, files }, dir, NOW)).close(),
    (dir, point) => {
      withState(dir, (state) => assert.equal(must(state.journal.list()), [], `died at ${point}`));
      assert.is(readdirSync(dir).filter((name) => /^state\.db\.bad-[^.]+$/.test(name)).length, 1, `died at ${point}`);
    },
  );
  assert.ok(points >= 3, `${points}`);
});

test('wherever a scan dies, the next one has every component once, with what is installed', () => {
  const points = atEveryCrash(
    () => {
      const dir = newState();
      install(dir, 'demo');
      drop(dir, 'demo.plist', GOOD('demo', '<key>Channel</key><string>beta</string>'));
      drop(dir, 'fresh.plist', GOOD('fresh'));
      drop(dir, 'bad.plist', 'garbage');
      return dir;
    },
    ports.files,
    (files, dir) => must(scanRegistry({ ...ports, files }, dir, NOW, 'apply')),
    (dir, point) => {
      const found = scan(dir);
      assert.equal(found.components.map((c) => [c.id, c.channel, c.installed?.version]), [['demo', 'beta', '1.0'], ['fresh', undefined, undefined]], `died at ${point}`);
      assert.equal(names(dir, 'ActiveRegistry'), ['demo.plist', 'fresh.plist'], `died at ${point}`);
      assert.equal(names(dir, 'NewRegistry').filter((name) => name.endsWith('.plist')), [], `died at ${point}`);
    },
  );
  assert.ok(points >= 6, `${points}`);
});

test('wherever metadata is replaced and it dies, the old or the new bytes are there, and no tag speaks for the other', () => {
  const points = atEveryCrash(
    () => {
      const dir = newDir();
      const store = createMetadataStore(ports, dir);
      must(store.put('timestamp', bytes('old')));
      store.putTag('timestamp', 'http://a/', 'old-tag');
      return dir;
    },
    ports.files,
    (files, dir) => {
      const store = createMetadataStore({ files }, dir);
      must(store.put('timestamp', bytes('new')));
      store.putTag('timestamp', 'http://a/', 'new-tag');
    },
    (dir, point) => {
      const store = createMetadataStore(ports, dir);
      const content = new TextDecoder().decode(store.get('timestamp'));
      assert.ok(content === 'old' || content === 'new', content);
      assert.ok([undefined, `${content}-tag`].includes(store.getTag('timestamp', 'http://a/')), `died at ${point}`);
    },
  );
  assert.ok(points >= 3, `${points}`);
});

test('wherever a package is committed and it dies, it is a partial one or a package, whole', () => {
  const content = 'the whole package';
  const sha256 = createHash('sha256').update(content).digest('hex');
  const points = atEveryCrash(
    () => {
      const dir = newDir();
      withState(dir, (state) => {
        writeFileSync(state.packages.partial(sha256).path, content);
        state.packages.setValidator(sha256, 'tag');
      });
      return dir;
    },
    ports.files,
    (files, dir) => {
      const state = must(openState({ ...ports, files }, dir, NOW));
      try {
        must(state.packages.commit(sha256, content.length));
      } finally {
        state.close();
      }
    },
    (dir, point) =>
      withState(dir, (state) => {
        const whole = state.packages.find(sha256, 'hash', content.length) !== undefined;
        assert.ok(whole || state.packages.partial(sha256).length === content.length, `died at ${point}`);
        if (!whole) must(state.packages.commit(sha256, content.length));
        assert.equal([...state.packages.known()], [sha256]);
      }),
  );
  assert.ok(points >= 3, `${points}`);
});

test.after(() => {
  cleanUp();
  cleanRegistry();
});
test.run();

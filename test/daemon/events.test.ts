// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Events } from '../../src/daemon/events.ts';
import { MAX_EVENTS } from '../../src/daemon/limits.ts';
import { EventReader, type Heard } from '../../src/daemon/sse.ts';
import type { ControlStream } from '../../src/model/index.ts';

const test = suite("the daemon's events");

/** A client that reads what it is sent, through the reader that the command line uses. */
function listener(): { readonly stream: ControlStream; readonly heard: Heard[]; readonly leave: () => void } {
  const heard: Heard[] = [];
  const reader = new EventReader((event) => heard.push(event));
  const leaving: (() => void)[] = [];
  // in small pieces: where the network cuts is its affair
  const send = (text: string): void => {
    const size = text.length < 1000 ? 3 : text.length;
    for (let at = 0; at < text.length; at += size) reader.take(text.slice(at, at + size));
  };
  return { heard, stream: { send, end: () => undefined, ended: (l) => void leaving.push(l) }, leave: () => leaving.forEach((l) => l()) };
}

const brief = ({ id, event }: Heard): string => `${id} ${event}`;

test('who listens hears what happens from then on, in order, each with its number', () => {
  const events = new Events();
  events.tell('queued', { commandId: 'a' });
  const one = listener();
  events.follow(one.stream, undefined);
  events.tell('started', { commandId: 'a', kind: 'run' });
  events.tell('result', { commandId: 'a', code: 0, text: 'line\nbreak: "quoted"' });
  assert.equal(one.heard.map(brief), ['1 hello', '2 started', '3 result']);
  assert.equal(JSON.parse(one.heard[2]?.data ?? ''), { commandId: 'a', code: 0, text: 'line\nbreak: "quoted"' });
});

test('who comes back hears what it missed, and a gap where that is not kept any more', () => {
  const events = new Events();
  for (let i = 0; i < 5; i++) events.tell('stage', { i });
  const back = listener();
  events.follow(back.stream, 3);
  assert.equal(back.heard.map(brief), ['4 stage', '5 stage']);
  for (let i = 0; i < MAX_EVENTS + 10; i++) events.tell('stage', { i });
  const late = listener();
  events.follow(late.stream, 3);
  assert.equal([late.heard.slice(0, 1).map(brief), late.heard.length], [['3 gap'], MAX_EVENTS + 1]);
  const stranger = listener();
  events.follow(stranger.stream, 1_000_000);
  assert.equal(stranger.heard.map((e) => e.event), ['hello'], 'a number of another daemon');
});

test('what is kept is bounded in size too, however large one event is', () => {
  const events = new Events();
  for (let i = 0; i < 50; i++) events.tell('result', { text: 'x'.repeat(300_000) });
  const back = listener();
  events.follow(back.stream, 0);
  assert.ok(back.heard.length < 10, `${back.heard.length} are kept`);
  assert.is(back.heard.at(-1)?.id, '50');
});

test('who left is told nothing more; a heartbeat is no event', () => {
  const events = new Events();
  const one = listener();
  events.follow(one.stream, undefined);
  events.heartbeat();
  one.leave();
  events.tell('stage', {});
  assert.equal(one.heard.map((e) => e.event), ['hello']);
});

test.run();

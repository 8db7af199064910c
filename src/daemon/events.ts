import type { ControlStream } from '../model/index.ts';
import { MAX_EVENT_CHARACTERS, MAX_EVENTS } from './limits.ts';

/** What the daemon tells those who listen. `gap`: events before this one are not kept any more. */
export type EventKind = 'hello' | 'queued' | 'started' | 'stage' | 'progress' | 'cancelled' | 'result' | 'gap';

type Kept = { readonly id: number; readonly text: string };

/** The latest events, and who listens to them. Bounded in number and in size, whatever happens. */
export class Events {
  private readonly kept: Kept[] = [];
  private characters = 0;
  private last = 0;
  private readonly listeners = new Set<ControlStream>();

  /** Tells every listener, and keeps it for those who come back. */
  tell(kind: EventKind, data: object): void {
    const id = ++this.last;
    const text = frame(id, kind, data);
    this.kept.push({ id, text });
    this.characters += text.length;
    while (this.kept.length > MAX_EVENTS || (this.characters > MAX_EVENT_CHARACTERS && this.kept.length > 1)) {
      this.characters -= this.kept.shift()?.text.length ?? 0;
    }
    for (const listener of this.listeners) listener.send(text);
  }

  /** A new listener, first told what it missed after `lastId`; one that never heard anything is told what happens from now on. */
  follow(listener: ControlStream, lastId: number | undefined): void {
    this.listeners.add(listener);
    listener.ended(() => this.listeners.delete(listener));
    if (lastId === undefined || lastId > this.last) return listener.send(frame(this.last, 'hello', {}));
    const missed = this.kept.filter((e) => e.id > lastId);
    if ((missed[0]?.id ?? this.last + 1) > lastId + 1) listener.send(frame(lastId, 'gap', { after: lastId }));
    for (const { text } of missed) listener.send(text);
  }

  /** Keeps connections alive, and shows which are not. */
  heartbeat(): void {
    for (const listener of this.listeners) listener.send(': \n\n');
  }

  end(): void {
    for (const listener of this.listeners) listener.end();
  }
}

/** One server-sent event. JSON holds no line break. */
function frame(id: number, kind: EventKind, data: object): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

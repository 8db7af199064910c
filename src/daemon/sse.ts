/** One server-sent event as it came. */
export type Heard = { readonly id: string; readonly event: string; readonly data: string };

/** What a listener keeps of an event that has not ended; ours are one document long. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Cuts a stream of text into events (the HTML standard's event stream, as far as the daemon writes it). Comments are passed over. */
export class EventReader {
  private rest = '';
  private readonly hear: (event: Heard) => void;

  constructor(hear: (event: Heard) => void) {
    this.hear = hear;
  }

  /** False where what comes is no stream of events. */
  take(text: string): boolean {
    // what was there before holds no end, but may end in its first half
    const from = Math.max(0, this.rest.length - 1);
    this.rest += text;
    for (let end = this.rest.indexOf('\n\n', from); end >= 0; end = this.rest.indexOf('\n\n')) {
      const block = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      const event = read(block);
      if (event !== undefined) this.hear(event);
    }
    return this.rest.length <= MAX_CHARACTERS;
  }
}

function read(block: string): Heard | undefined {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]));
  const data = fields.get('data');
  return data === undefined ? undefined : { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data };
}

/** A tar written by hand, wrong on purpose where the test wants it so. */
export type RawMember = {
  readonly name: string;
  readonly flag?: string;
  readonly link?: string;
  readonly mode?: number;
  readonly body?: string | Uint8Array;
  /** what the header says, where it lies */
  readonly size?: number;
};

export function rawTar(members: readonly RawMember[]): Buffer {
  return Buffer.concat([...members.flatMap(rawMember), Buffer.alloc(1024)]);
}

function rawMember(member: RawMember): readonly Buffer[] {
  const body = Buffer.from(member.body ?? '');
  const name = Buffer.from(member.name);
  const out: Buffer[] = [];
  if (name.length > 100 || name.includes(0)) {
    const rest = Buffer.concat([Buffer.from(' path='), name, Buffer.from('\n')]);
    const length = [rest.length + 1, rest.length + 2, rest.length + 3, rest.length + 4].find((l) => String(l).length + rest.length === l);
    const record = Buffer.concat([Buffer.from(String(length)), rest]);
    out.push(header({ name: 'x', flag: 'x' }, Buffer.from('x'), record.length), pad(record));
  }
  out.push(header(member, name.subarray(0, 100), member.size ?? body.length), pad(body));
  return out;
}

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);

function header(member: RawMember, name: Buffer, size: number): Buffer {
  const block = Buffer.alloc(512);
  name.copy(block);
  block.write(`${(member.mode ?? 0o644).toString(8).padStart(7, '0')}\0${'0000000\0'.repeat(2)}`, 100, 'latin1');
  block.write(`${size.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0${' '.repeat(8)}${member.flag ?? '0'}`, 124, 'latin1');
  block.write(member.link ?? '', 157);
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

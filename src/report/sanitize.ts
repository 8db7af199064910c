/**
 * What a terminal, or a reader's eye, could obey: control characters (C0, DEL, C1), line and paragraph separators, marks that turn the
 * direction of text (Unicode TR 9), invisible ones (zero width space, word joiner, tags, interlinear marks, byte order mark), halves of
 * surrogate pairs.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return NAMED[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`);
}

/** One line of text that is safe on a terminal: what could steer it is shown as an escape. Everything else stays as it is. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** The same inside JSON text, as `\uXXXX`, so that the value stays the same. Line breaks and blanks of the layout stay. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => (character === '\n' ? character : unicodeEscapes(character)));
}

function unicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

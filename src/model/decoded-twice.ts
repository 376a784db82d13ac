/** What Windows-1252 makes of the bytes 0x80 to 0x9f; the five that it leaves undefined stay C1 controls. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const byteOf = new Map(Array.from(windows1252, (character, index) => [character, 0x80 + index]));

/** A lead byte of UTF-8 followed by a continuation byte, as Windows-1252 or Latin-1 shows them. */
export const decodedTwiceSuspect = new RegExp(`[\\u00c2-\\u00f4][\\u0080-\\u00bf${windows1252}]`);

const plausible = /[\u00a0-\u017f\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]/;
// Not fatal: throwing costs ten times as much as looking for U+FFFD, which is not plausible either.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The original of a `text` that is UTF-8 read as Windows-1252 or Latin-1 (`MÃ¼ller` → `Müller`, also if it
 * happened twice); undefined for any other text.
 *
 * Every character beyond ASCII must fit: real names contain such pairs too (`HORTELÃ®`, `METSÄ®`), but next
 * to characters that do not fit, or the result would be a small letter among capitals.
 */
export function repairDecodedTwice(text: string): string | undefined {
  if (!decodedTwiceSuspect.test(text)) return undefined;
  const bytes = bytesOf(text);
  if (bytes === undefined) return undefined;
  const meant = utf8.decode(bytes);
  if (meant.includes('\ufffd') || !isPlausible(meant)) return undefined;
  return repairDecodedTwice(meant) ?? meant;
}

function bytesOf(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const byte = unit < 0x100 ? unit : byteOf.get(text[index]!);
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

function isPlausible(meant: string): boolean {
  const characters = Array.from(meant);
  const foreign = characters.flatMap((character, index) => (character > '\x7f' ? [index] : []));
  // Three consecutive pairs that all decode do not happen by chance, in any script (Cyrillic, Greek, …).
  if (foreign.length >= 3 && foreign.every((index) => characters[index]! >= '\u00a0')) return true;
  return foreign.every((index) => plausible.test(characters[index]!) && fitsItsWord(characters, index));
}

/**
 * False if the decoded character would break up a word in capitals, as a brand's `®` or a NBSP after `Ã`,
 * `Ä`, `Å` does.
 */
function fitsItsWord(characters: string[], index: number): boolean {
  const character = characters[index]!;
  const inCapitals = isCapital(characters[index - 1]) && isCapital(characters[index - 2]);
  if (!inCapitals || character === 'ß') return true;
  if ('ĮŮĠŠ'.includes(character)) return false;
  return character.toUpperCase() === character;
}

function isCapital(character: string | undefined): boolean {
  return character !== undefined && character.toLowerCase() !== character;
}

/**
 * Text that was decoded with the wrong encoding before it came here. The file reader detects files with a
 * wrong encoding; this detects text that was stored wrongly long ago: `M√ºller`, `Mьnchen`.
 */
interface Mistake {
  /** A cheap sign of it: texts without this sign are not tried. */
  sign: RegExp;
  /** How the bytes 0x80 to 0xff were decoded. */
  readAs: () => string;
  /** How they should have been decoded. */
  written: 'utf-8' | 'windows-1252' | 'cp850' | 'macintosh';
}

/* Code pages 437 and 850 (Unicode Consortium, MICSFT/PC/CP437.TXT and CP850.TXT), 0x80 to 0xff. */
const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
const cp850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0';

const latin = 'A-Za-z\\u00c0-\\u00ff';
const mistakes: Mistake[] = [
  { sign: /[√¬][^\x00-\x7f]/, readAs: encodedAs('macintosh'), written: 'utf-8' },
  { sign: /[├┬][^\x00-\x7f]/, readAs: () => cp437, written: 'utf-8' },
  { sign: /[├┬][^\x00-\x7f]/, readAs: () => cp850, written: 'utf-8' },
  { sign: /[ВГ][^\x00-\x7f]/, readAs: encodedAs('windows-1251'), written: 'utf-8' },
  { sign: /[ΒΓ][^\x00-\x7f]/, readAs: encodedAs('windows-1253'), written: 'utf-8' },
  { sign: /[ÂĂ][^\x00-\x7f]/, readAs: encodedAs('windows-1250'), written: 'utf-8' },
  {
    sign: /[A-Za-z][\u0400-\u045f]|[\u0400-\u045f][A-Za-z]/,
    readAs: encodedAs('windows-1251'),
    written: 'windows-1252',
  },
  {
    sign: /[A-Za-z][\u0386-\u03ce]|[\u0386-\u03ce][A-Za-z]/,
    readAs: encodedAs('windows-1253'),
    written: 'windows-1252',
  },
  {
    sign: new RegExp(`[${latin}][„”][${latin}]|(?:^|[ -])™[a-z]`),
    readAs: encodedAs('windows-1252'),
    written: 'cp850',
  },
  { sign: /[A-Za-z][ŠŸ§][a-z]/, readAs: encodedAs('windows-1252'), written: 'macintosh' },
  {
    sign: new RegExp(`[${latin}][‰¸ˆ][${latin}]`),
    readAs: encodedAs('macintosh'),
    written: 'windows-1252',
  },
  {
    sign: /[A-Za-z]{2}[³÷▀▄][A-Za-z]|[A-Za-z][³÷▀▄][A-Za-z]{2}/,
    readAs: () => cp850,
    written: 'windows-1252',
  },
  { sign: /[A-Za-z][ⁿ÷▀▄Σ][A-Za-z]/, readAs: () => cp437, written: 'windows-1252' },
];

/**
 * Matches a character of any of the signs: looking for one alone takes a fifth of the time, and most texts
 * have none.
 */
export const decodedWronglySign = /[\u0386-\u03ce\u0400-\u045f„”‰¸ˆ³÷ŠŸ§™√¬├┬ÂĂ▀▄ⁿ]/;
/** Matches any of the signs, for texts that otherwise consist of common letters. */
export const decodedWronglySuspect =
  /[A-Za-z][\u0400-\u045f\u0386-\u03ce„”‰¸ˆ³÷ŠŸ§]|[\u0400-\u045f\u0386-\u03ce][A-Za-z]|™[a-z]|[√¬├┬ВГΒΓÂĂ▀▄ⁿΣ]/;

/**
 * Letters of Western Europe, and the quotes and dashes around them: the characters that the original may
 * have.
 */
const plausible =
  /^[\x20-\x7e\u00a0-\u00bf\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u2013\u2014\u2018-\u201e\u20ac\u2026\u2122ŒœŠšŽžŸ]+$/;
/** A capital between small letters does not occur in a word. */
const implausible = /[a-zß-ÿ][A-ZÀ-Þ][a-zß-ÿ]|[A-Za-zÀ-ÿ][\u00a1-\u00bf\u20ac\u2122][a-zß-ÿ]/;

/** The original text, if there is exactly one possibility; undefined for any other text. */
export function repairDecodedWrongly(text: string): string | undefined {
  if (!decodedWronglySuspect.test(text)) return undefined;
  for (const { sign, readAs, written } of mistakes) {
    if (!sign.test(text)) continue;
    const bytes = bytesOf(text, readAs());
    const meant = bytes === undefined ? undefined : decode(bytes, written);
    if (meant !== undefined && meant !== text && plausible.test(meant) && !implausible.test(meant))
      return meant;
  }
  return undefined;
}

function encodedAs(encoding: string): () => string {
  let half: string | undefined;
  // As a stream: Node 20 decodes a whole Windows-1252 text as Latin-1.
  return () =>
    (half ??= new TextDecoder(encoding).decode(
      Uint8Array.from({ length: 128 }, (_, index) => 0x80 + index),
      { stream: true },
    ));
}

function bytesOf(text: string, upperHalf: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const high = unit < 0x80 ? -1 : upperHalf.indexOf(text[index] as string);
    if (unit >= 0x80 && high < 0) return undefined;
    bytes[index] = unit < 0x80 ? unit : 0x80 + high;
  }
  return bytes;
}

const halves: Record<Exclude<Mistake['written'], 'utf-8'>, () => string> = {
  'windows-1252': encodedAs('windows-1252'),
  macintosh: encodedAs('macintosh'),
  cp850: () => cp850,
};

function decode(bytes: Uint8Array, encoding: Mistake['written']): string | undefined {
  if (encoding === 'utf-8') {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return text.includes('\ufffd') ? undefined : text;
  }
  const half = halves[encoding]();
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : (half[byte - 0x80] ?? ''),
  ).join('');
}

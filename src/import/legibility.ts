import type { ByteTriple } from './byte-evidence.ts';

/**
 * How badly bytes read as text in an encoding, from 0 (as names and addresses are written) upwards: the mean over all
 * bytes above 0x7f, each looked at between its two neighbours. What is common counts for more than what is rare, but
 * only by its logarithm: a city on every second line says no more than one on every tenth. `table` has the character
 * of each byte.
 */
export function illegibility(triples: readonly ByteTriple[], table: readonly string[]): number {
  let cost = 0;
  let weights = 0;
  for (const { before, byte, after, count } of triples) {
    const weight = 1 + Math.log2(count);
    weights += weight;
    cost += weight * strangeness(table[before] as string, table[byte] as string, table[after] as string);
  }
  return weights === 0 ? 0 : cost / weights;
}

const letter = /^[\p{Ll}\p{Lu}]$/u;
/** Letters to Unicode, signs to whoever writes addresses. */
const signs = 'ªºµƒˆ˜';
const upper = /^\p{Lu}$/u;
const lower = /^\p{Ll}$/u;

function isLetter(character: string): boolean {
  return letter.test(character) && !signs.includes(character);
}

/** The cost of one character between two others, in points of which 2 say “hardly” and 4 “never”. */
function strangeness(before: string, character: string, after: string): number {
  if (/^[\ufffd\x80-\x9f]?$/.test(character)) return 6;
  if (isLetter(character)) return strangenessOfLetter(before, character, after);
  return strangenessOfSign(before, character, after);
}

const common = 'äöüÄÖÜßéèàç';
const usual = 'êëâîïôûùœñáíóúåøæãõìòðÉÀÈÇØÅÆÁÓÑÊÂÎÌÍŒÞŠšŽžčČřŘěůýłŁąęśŚżŻźćńőűğışİŞţȚțșăđľťňďĐ';

function strangenessOfLetter(before: string, character: string, after: string): number {
  const rarity = common.includes(character) ? 0 : usual.includes(character) ? 0.3 : 1;
  const ofScript = scriptOf(character);
  const neighbours = [before, after].filter(isLetter);
  if (neighbours.some((neighbour) => scriptOf(neighbour) !== ofScript)) return 4;
  const casing = strangenessOfCase(before, character, after);
  if (ofScript !== 'latin') return casing + (neighbours.length === 0 ? 1.5 : 0);
  return (
    rarity +
    casing +
    strangenessOfSound(before, character, after) +
    strangenessOfPlace(before, character, after)
  );
}

/**
 * Letters of Windows-1252 that stand for others in files from Central Europe, Turkey and DOS, in places where no
 * language that is written in Windows-1252 has them: Nìmec, Rùžièka, Gyõr, Iþýk, Tøíska, Groá.
 */
function strangenessOfPlace(before: string, character: string, after: string): number {
  const ends = !isLetter(after);
  if ('ìòùÌÒÙ'.includes(character)) return ends ? 0 : 1.5;
  if (character === 'õ') return after === 'e' ? 0 : 1.5;
  if (character === 'û') return 'zhdvkg'.includes(after.toLowerCase()) && isLetter(after) ? 1.5 : 0;
  if (character === 'þ') return isLetter(before) ? 2 : 0;
  if (character === 'æ') return isVowel(before) ? 1.5 : 0;
  if (character === 'è') return isVowel(after) || 'aeAE'.includes(before) ? 1.5 : 0;
  if (character === 'ø') return after > '\x7f' && isLetter(after) ? 1.5 : 0;
  if (character === 'È') return isVowel(after) || !isLetter(before) ? 0.7 : 0;
  return character === 'á' && ends && isVowel(before) ? 1.2 : 0;
}

function strangenessOfCase(before: string, character: string, after: string): number {
  if (upper.test(character)) {
    if (lower.test(before)) return 3;
    if (upper.test(before) && lower.test(after)) return 1;
    return isLetter(before) || isLetter(after) ? 0 : 0.7;
  }
  if (upper.test(after) && character !== 'ß') return 3;
  return isLetter(before) || isLetter(after) ? 0 : 1;
}

/** Vowels that stand beside other vowels in many words: Danaë, Noël, Renée, João, Saône, naïf, Feuchtmäuer. */
const social = 'äëïöüéèêôãõîíæ';

function strangenessOfSound(before: string, character: string, after: string): number {
  if (character === 'ß') {
    return (isLetter(before) && isVowel(before)) || upper.test(before) ? 0 : 3;
  }
  if (isVowel(character)) {
    const alone = !social.includes(character.toLowerCase());
    if (alone && isVowel(before) && isVowel(after)) return 2.5;
    return alone && baseOf(before) === baseOf(character) ? 2 : 0;
  }
  return isConsonant(before) && isConsonant(after) ? 1.7 : 0;
}

function strangenessOfSign(before: string, sign: string, after: string): number {
  const code = sign.charCodeAt(0);
  if (code >= 0x2190 && code <= 0x25ff && code !== 0x2122) return 5;
  if (sign === '¤') return 2;
  if (sign === '\u00a0' && lower.test(before) && lower.test(after)) return 1.5;
  if (isLetter(before) && isLetter(after)) return '’‘'.includes(sign) ? 0 : (inWords[sign] ?? 4);
  if (isDigit(before) || isDigit(after)) return '€£°²³½¼¾±×§ªºµ–\u00a0“”„'.includes(sign) ? 0 : 1.5;
  if (isLetter(before)) return behindWords[sign] ?? 2;
  if (isLetter(after)) return beforeWords[sign] ?? 2;
  return '–—•€£§°©®…´„“”«»‚‘’\u00a0'.includes(sign) ? 0.2 : 1.5;
}

const inWords: Record<string, number> = { '\u00a0': 0.2, '·': 1, '\u00ad': 1, '–': 1, '´': 1 };
const behindWords: Record<string, number> = pointsOf({
  0: '“”»’…®™\u00a0',
  0.4: '‘©°²³ªº€–—•›«',
  1.5: '´£„§',
});
const beforeWords: Record<string, number> = pointsOf({
  0: '„“»«‘’\u00a0',
  0.4: '‚‹›¿¡–—•§€£…',
  1: '”´©',
});

function pointsOf(signsByPoints: Record<number, string>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(signsByPoints).flatMap(([points, all]) =>
      Array.from(all, (sign): [string, number] => [sign, Number(points)]),
    ),
  );
}

function scriptOf(character: string): 'latin' | 'greek' | 'cyrillic' | 'other' {
  if (/\p{Script=Latin}/u.test(character)) return 'latin';
  if (/\p{Script=Greek}/u.test(character)) return 'greek';
  return /\p{Script=Cyrillic}/u.test(character) ? 'cyrillic' : 'other';
}

function baseOf(character: string): string {
  return character.normalize('NFD').charAt(0).toLowerCase();
}

function isVowel(character: string): boolean {
  return 'aeiouyæœøåı'.includes(baseOf(character)) && character !== '';
}

function isConsonant(character: string): boolean {
  return isLetter(character) && !isVowel(character);
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

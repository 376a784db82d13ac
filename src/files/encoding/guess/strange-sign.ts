import { isDigit, isLetter, isVowel, lower, upper } from './letter-class.ts';

/** The cost of a character other than a letter between two others, in the points of `illegibility`. */
export function strangenessOfSign(before: string, sign: string, after: string): number {
  const code = sign.charCodeAt(0);
  if (code >= 0x2190 && code <= 0x25ff && code !== 0x2122) return 5;
  if (sign === '¤') return 2;
  if (sign === '\u00a0' && isLetter(before) && lower.test(after)) return lower.test(before) ? 1.5 : 1;
  if (isLetter(before) && isLetter(after)) {
    return '’‘'.includes(sign) ? strangenessOfApostrophe(before, after) : (inWords[sign] ?? 4);
  }
  if (isDigit(before) || isDigit(after)) return '€£°²³½¼¾±×§ªºµ–\u00a0“”„'.includes(sign) ? 0 : 1.5;
  if (isLetter(before)) return strangenessBehindWord(before, sign);
  if (isLetter(after)) return strangenessBeforeWord(sign, after);
  return '–—•€£§°©®…´„“”«»‚‘’\u00a0'.includes(sign) ? 0.2 : 1.5;
}

/** D’Arc, l’Hôtel, Peter’s, but not Mar’a and Durr‘s. */
function strangenessOfApostrophe(before: string, after: string): number {
  if (upper.test(after)) return 0;
  if ('dltDLMNJCSTO'.includes(before) && (isVowel(after) || after === 'h')) return 0.3;
  return after === 's' && lower.test(before) ? 0.3 : 1.2;
}

function strangenessBehindWord(before: string, sign: string): number {
  if (sign === '™' && upper.test(before)) return 0.5;
  if (sign === '’') return 'sxzßSXZ'.includes(before) ? 0 : 0.4;
  if ('²³'.includes(sign) && before !== 'm') return 1.2;
  if ('ªº'.includes(sign) && !'nNMSD'.includes(before)) return 0.8;
  return behindWords[sign] ?? 2;
}

function strangenessBeforeWord(sign: string, after: string): number {
  if (lower.test(after) && '€…£'.includes(sign)) return 1;
  if (sign === '’' && !'nst'.includes(after)) return 0.7;
  return beforeWords[sign] ?? 2;
}

const inWords: Record<string, number> = { '\u00a0': 0.2, '·': 1, '\u00ad': 1, '–': 1, '´': 1 };
const behindWords: Record<string, number> = pointsOf({
  0: '»’®™\u00a0',
  0.4: '“”©°²³ªº€–«',
  0.5: '‘…',
  0.8: '—•›',
  1.5: '´£„§',
});
const beforeWords: Record<string, number> = pointsOf({
  0: '„“»«‘’\u00a0',
  0.4: '‚‹›¿¡–—•§€£',
  0.8: '…',
  1: '”´©',
});

function pointsOf(signsByPoints: Record<number, string>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(signsByPoints).flatMap(([points, all]) =>
      Array.from(all, (sign): [string, number] => [sign, Number(points)]),
    ),
  );
}

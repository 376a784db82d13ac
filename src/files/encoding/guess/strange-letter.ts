import { baseOf, isConsonant, isLetter, isVowel, lower, scriptOf, upper } from './letter-class.ts';

const common = 'äöüßéèàçëíóá';
const usual = 'êâîïôûùœñúåøæãõìòþðčřěůýłąęśżźćńőűğışţțșăđľĺŕťňďėįųūāēīļķņģ';

/** The points of a letter by itself; capitals are as common as small letters. */
function rarityOf(character: string): number {
  if ('ÄÖÜÉÀÈÇ'.includes(character)) return 0;
  const small = character === 'İ' ? 'ı' : character.toLowerCase();
  if ('šž'.includes(small)) return 0.5;
  if (common.includes(character)) return 0;
  return common.includes(small) || character === 'ÿ' || usual.includes(small) ? 0.3 : 1;
}

/** The cost of a letter between two other characters, in the points of `illegibility`. */
export function strangenessOfLetter(before: string, character: string, after: string): number {
  const ofScript = scriptOf(character);
  const neighbours = [before, after].filter(isLetter);
  if (neighbours.some((neighbour) => scriptOf(neighbour) !== ofScript)) return 4;
  const casing = strangenessOfCase(before, character, after);
  if (ofScript !== 'latin') return casing + (neighbours.length === 0 ? 1.5 : 0);
  return (
    rarityOf(character) +
    casing +
    strangenessOfSound(before, character, after) +
    strangenessOfPlace(before, character, after)
  );
}

interface Place {
  before: string;
  after: string;
  /** Whether the letter is the first, and the last, of its word. */
  begins: boolean;
  ends: boolean;
}

/** The points of letters that begin a word, by letter; other letters are judged as inside a word. */
const beginnings = byLetter<(place: Place) => number | undefined>([
  ['ëêèîïìñæçàù', () => 0.8],
  ['šžúû', () => 0.5],
  ['äöü', () => 0.3],
  ['é', ({ after }) => (isVowel(after) ? 0.3 : undefined)],
]);

/**
 * Letters of Windows-1252 that replace others in files from Central Europe, Turkey, the Baltic, DOS and the
 * Macintosh, in places where no language written in Windows-1252 has them: Nìmec, Rùžièka, Gyõr, Iþýk,
 * Tøíska, Groá, Tržiè, Plzeò, Gdañsk, Koláø, Setœbal.
 */
const places = byLetter<(place: Place) => number>([
  ['ìùÌÒÙ', ({ ends }) => (ends ? 0 : 1.5)],
  ['ò', strangenessOfO],
  ['õÕ', ({ after }) => (after === 'e' || after === 'E' ? 0 : 1.5)],
  [
    'û',
    ({ before, after, ends }) =>
      before === 'z' || (!ends && 'zhdvkgs'.includes(after.toLowerCase())) ? 1.5 : 0,
  ],
  ['ð', ({ begins, after }) => (begins || 'ðþ'.includes(after) ? 2 : 0)],
  ['þ', ({ begins }) => (begins ? 0 : 2)],
  ['æ', ({ before }) => (isVowel(before) ? 1.5 : 0)],
  ['è', strangenessOfGrave],
  [
    'øØ',
    ({ before, after, begins, ends }) =>
      after > '\x7f' && !ends ? 1.5 : before > '\x7f' && !begins ? 0.7 : 0,
  ],
  ['ñ', ({ after, ends }) => (ends || isConsonant(after) ? 1.2 : 0)],
  ['œŒ', ({ after, ends }) => (ends || !'uildfstgrn'.includes(after.toLowerCase()) ? 1 : 0)],
  ['Ï', ({ begins, ends }) => (begins && !ends ? 1.2 : 0)],
  ['ï', ({ before }) => (isConsonant(before) ? 1.2 : 0)],
  ['îÎ', ({ after }) => (isVowel(after) ? 1 : 0)],
  [
    'ã',
    ({ before, after, ends }) =>
      ends ? ('mhç'.includes(before) ? 0 : 0.7) : 'oesn'.includes(after) ? 0 : 1.2,
  ],
  ['ç', ({ after }) => (isConsonant(after) || 'ei'.includes(after) ? 1.1 : 0)],
  ['Ä', ({ after, ends }) => ('aeio'.includes(after) && !ends ? 0.7 : 0)],
  ['Ž', ({ after, ends }) => (!ends && isConsonant(after) && !'dn'.includes(after) ? 0.5 : 0)],
  ['È', ({ after, begins, ends }) => (isVowel(after) || (begins && !ends) ? 0.7 : 0)],
  ['ä', strangenessOfUmlaut],
  ['öü', ({ before, after, ends }) => (isConsonant(before) && 'aeio'.includes(after) && !ends ? 0.5 : 0)],
  [
    'á',
    ({ before, after, begins, ends }) =>
      begins || !isVowel(before) ? 0 : ends ? 1.2 : 'bfgkpmtwh'.includes(after) ? 0.8 : 0,
  ],
]);

function byLetter<Rule>(rules: [letters: string, rule: Rule][]): ReadonlyMap<string, Rule> {
  return new Map(
    rules.flatMap(([letters, rule]) => Array.from(letters).map((letter) => [letter, rule] as const)),
  );
}

function strangenessOfPlace(before: string, character: string, after: string): number {
  const place = { before, after, begins: !isLetter(before), ends: !isLetter(after) };
  const beginning = place.begins && !place.ends ? beginnings.get(character)?.(place) : undefined;
  return beginning ?? places.get(character)?.(place) ?? 0;
}

/** Nicolò, Colòmbia, but not Plzeò and Koòa. */
function strangenessOfO({ before, after, ends }: Place): number {
  if (ends) return isVowel(before) && !'iu'.includes(before) ? 1.5 : 0;
  return isVowel(after) ? 1.5 : 0.4;
}

/** Caffè, Première, Noè, but not Tržiè, Kováè, Zupanèiè, Èeská. */
function strangenessOfGrave({ before, after, ends }: Place): number {
  if (ends) return isVowel(before) && !'ou'.includes(before) ? 1.5 : 0;
  if (isVowel(after) || 'aeAE'.includes(before)) return 1.5;
  return 'kj'.includes(after) ? 1 : before === 'o' && after === 'n' ? 0.8 : 0;
}

/** Feuchtmäuer, Hyvinkää, but not Simäes and Leäes. */
function strangenessOfUmlaut({ before, after }: Place): number {
  if (before === 'a') return 1.2;
  if (!isVowel(before) || !isVowel(after)) return 0;
  return 'uyi'.includes(after) || before === 'ä' || after === 'ä' ? 0 : 1.2;
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

/** Vowels next to other vowels in many words: Danaë, Noël, Renée, João, Saône, naïf, Feuchtmäuer. */
const social = 'äëïöüéèêôãõîíæø';

function strangenessOfSound(before: string, character: string, after: string): number {
  if (character === 'ß') {
    return (isLetter(before) && isVowel(before)) || upper.test(before) ? 0 : 3;
  }
  if (before === character && !'äöüõÄÖÜÕ'.includes(character)) return 2;
  if (isVowel(character)) {
    const alone = !social.includes(character.toLowerCase());
    if (alone && isVowel(before) && isVowel(after)) return 2.5;
    return alone && baseOf(before) === baseOf(character) ? 2 : 0;
  }
  if (!isConsonant(before) || !isConsonant(after)) return 0;
  // Of two such letters next to each other, as in -ščina, neither is strange.
  return before > '\x7f' || after > '\x7f' ? 0.5 : 1.7;
}

import codeMappings from 'cldr-core/supplemental/codeMappings.json' with { type: 'json' };
import type { CodeNames } from './code-names.ts';
import { codesOfParts, createCodeNames } from './code-names.ts';
import { isCurrency, isInUse, successor, usesIn } from './currency-codes.ts';
import { localesByRegion, namingLanguages } from './locales.ts';

/**
 * Abbreviations that CLDR does not list as signs: what banks and shops of the country write. An abbreviation
 * with two meanings is listed with both, and refused.
 */
const abbreviations = `RMB CNY, TL TRY, YTL TRY, SFR CHF, DM DEM, D-MARK DEM, A$ AUD, C$ CAD, S$ SGD, HK$ HKD, NZ$ NZD,
  NT$ TWD, US$ USD, U$S USD, ZL PLN, KC CZK, FR CHF FRF BEF, NKR NOK, DKR DKK, SKR SEK, IKR ISK, LEI RON MDL,
  ÖS ATS, JP¥ JPY, CN¥ CNY, ЛВ BGN, UK£ GBP, STG GBP, £STG GBP, AU$ AUD, CA$ CAD, CAN$ CAD, CDN$ CAD, РУБ RUB, NIS ILS,
  DHS AED, FF FRF`;
/** Names that CLDR does not have. */
const otherNames =
  'Pfund Sterling GBP; Pound Sterling GBP; Sterling GBP; Livre Sterling GBP; Pounds Sterling GBP; Renminbi CNY';
// Refused because of a second meaning that is rare in the files of a European company.
const likelyOfSign: Record<string, string> = {
  '£': 'GBP',
  FR: 'CHF',
  CNH: 'CNY',
  '€URO': 'EUR',
  R: 'ZAR',
  KN: 'HRK',
};
// Only codes that people mistype often.
const common = ['EUR', 'USD', 'CHF', 'GBP', 'PLN', 'CZK', 'HUF', 'SEK', 'NOK', 'DKK', 'JPY'];

interface Known {
  names: CodeNames;
  signs: Map<string, string[]>;
}

let known: Known | undefined;

/** The currencies that a text can mean if it is not a three-letter code. */
export function currenciesOf(text: string): readonly string[] {
  const { names, signs } = (known ??= collect());
  const named = (part: string): readonly string[] => {
    const code = part.replace(/\.$/, '').toUpperCase();
    if (/^[a-z]{3}\.?$/i.test(part) && isCurrency(code)) return [code];
    const sign = signs.get(signKey(part)) ?? [];
    return sign.length > 0 ? sign : narrowed(names.codesOf(part));
  };
  const whole = named(text);
  if (whole.length > 0) return byUse(whole);
  return byUse(codesOfParts(text, named));
}

export function likelyCurrency(text: string): string | undefined {
  const word = text.toUpperCase().replace(/\.$/, '');
  if (word.length > 4) return (known ??= collect()).names.near(text);
  return Object.hasOwn(likelyOfSign, word)
    ? likelyOfSign[word]
    : common.find((code) => isOneSlipAway(word, code));
}

function byUse(codes: readonly string[]): readonly string[] {
  return codes.toSorted((one, other) => rankByUse(one) - rankByUse(other));
}

function rankByUse(code: string): number {
  if (common.includes(code)) return common.indexOf(code);
  return isInUse(code) ? common.length : common.length + 1;
}

/**
 * Without currencies that others in the list have replaced: the old złoty (PLZ, until 1995) next to today's
 * (PLN).
 */
function narrowed(codes: readonly string[]): readonly string[] {
  return codes.filter((code) => isInUse(code) || !codes.includes(successor(code) ?? code));
}

/** CLDR's names and signs, in four languages and in those of the regions where a currency is used. */
function collect(): Known {
  const names = createCodeNames();
  const signs = new Map<string, string[]>();

  function addSign(sign: string, code: string): void {
    if (sign === code) return;
    const codes = signs.get(signKey(sign));
    if (codes === undefined) signs.set(signKey(sign), [code]);
    else if (!codes.includes(code)) codes.push(code);
  }

  /** Its noun alone, too: `Polnischer Zloty`, `Forint`. A noun that several currencies share is refused. */
  function addNames(locale: string, code: string): void {
    const display = displayOf(locale).of(code);
    for (const name of [display, ...countedNames(locale, code)]) {
      if (name === undefined || name === code) continue;
      names.add(name, code);
      const words = name.split(/\s+/);
      if (locale === 'en' || locale === 'de') names.add(words.at(-1), code);
      if (locale === 'fr' || locale === 'it') names.add(words[0], code);
    }
  }

  const tender = new Set([...usesIn.values()].flat().flatMap((use) => (use.isTender ? use.code : [])));
  for (const code of tender) {
    if (!isCurrency(code)) continue;
    for (const locale of namingLanguages) addNames(locale, code);
    if (!isInUse(code)) continue;
    addSign(signOf('en', code, 'symbol'), code);
    addSign(signOf('en', code, 'narrowSymbol'), code);
  }
  const locales = localesByRegion();
  for (const [region, uses] of usesIn) {
    const current = uses.filter(({ to, isTender }) => to === undefined && isTender);
    for (const locale of locales.get(region) ?? []) {
      for (const { code } of current) {
        addNames(locale, code);
        addSign(signOf(locale, code, 'narrowSymbol'), code);
      }
    }
  }
  for (const line of abbreviations.split(/,\s+/)) {
    const [sign = '', ...codes] = line.split(' ');
    for (const code of codes) addSign(sign, code);
  }
  const mappings: Record<string, { _numeric?: string; _alpha3?: string }> =
    codeMappings.supplemental.codeMappings;
  for (const [code, { _numeric: number }] of Object.entries(mappings)) {
    // 963 is for tests, 999 means no currency.
    if (number !== undefined && isInUse(code) && !['963', '999'].includes(number))
      addSign(number.padStart(3, '0'), code);
  }
  for (const line of otherNames.split(/;\s*/)) {
    names.add(line.slice(0, -4), line.slice(-3));
  }
  // A single letter is the sign of too many things.
  for (const sign of signs.keys()) if (/^[A-Z]?$/.test(sign)) signs.delete(sign);
  return { names, signs };
}

function signKey(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s.\p{Cf}]/gu, '');
}

const displays = new Map<string, Intl.DisplayNames>();

function displayOf(locale: string): Intl.DisplayNames {
  const made = displays.get(locale) ?? new Intl.DisplayNames(locale, { type: 'currency', fallback: 'none' });
  displays.set(locale, made);
  return made;
}

/** `Swiss franc` and `Swiss francs`. */
function countedNames(locale: string, currency: string): string[] {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'name' });
  return [1, 2].map((count) => currencyIn(format.formatToParts(count)));
}

function signOf(locale: string, currency: string, currencyDisplay: 'symbol' | 'narrowSymbol'): string {
  return currencyIn(
    new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay }).formatToParts(1),
  );
}

function currencyIn(parts: Intl.NumberFormatPart[]): string {
  return parts.find(({ type }) => type === 'currency')?.value ?? '';
}

/** One letter too many, too few or wrong, or two swapped. */
function isOneSlipAway(word: string, code: string): boolean {
  if (Math.abs(word.length - code.length) > 1) return false;
  let start = 0;
  while (start < code.length && word[start] === code[start]) start++;
  const wordRest = word.slice(start);
  const codeRest = code.slice(start);
  if (wordRest.slice(1) === codeRest || wordRest === codeRest.slice(1)) return true;
  if (wordRest.slice(1) === codeRest.slice(1)) return true;
  return (
    wordRest[0] === codeRest[1] && wordRest[1] === codeRest[0] && wordRest.slice(2) === codeRest.slice(2)
  );
}

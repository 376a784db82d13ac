import type { CodeNames } from './code-names.ts';
import { createCodeNames, partsOf } from './code-names.ts';
import { parseCountry } from './country.ts';
import { knownLocales, namingLanguages } from './locales.ts';

/**
 * SAP's one-letter language keys (field SPRAS). Source: table T002, in SAP's help as “Supported Languages and
 * Code Pages (Non-Unicode)”. Lower case has keys of its own, so a lower-case letter that is used in both has
 * two meanings. SAP's digits are not accepted, because other systems number their languages differently.
 */
const sapKeys = new Map(
  `A ar, B he, C cs, D de, E en, F fr, G el, H hu, I it, J ja, K da, L pl, M zh-Hant, N nl, O no, P pt, Q sk, R ru, S es,
  T tr, U fi, V sv, W bg, X lt, Y lv, a af, b is, c ca, d sr-Latn, i id`
    .split(/,\s*/)
    .map((pair) => pair.split(' ') as [string, string]),
);
const sapDigits: Record<string, string> = Object.fromEntries(
  'sr zh th ko ro sl hr ms uk et'.split(' ').map((tag, digit) => [String(digit), tag]),
);

/** Windows' numbers of languages (MS-LCID): suggested only. */
const windowsNumbers: Record<string, string> = {
  1029: 'cs-CZ',
  1031: 'de-DE',
  1033: 'en-US',
  1034: 'es-ES',
  1036: 'fr-FR',
  1038: 'hu-HU',
  1040: 'it-IT',
  1043: 'nl-NL',
  1045: 'pl-PL',
  2055: 'de-CH',
  2057: 'en-GB',
  3079: 'de-AT',
  3082: 'es-ES',
};

/** Also a country's sign or abbreviation, so it has two meanings: slo is Slovak, SLO is Slovenia. */
const alsoCountries: Record<string, string> = { slo: 'sl' };

/** Names that CLDR does not have. */
const otherNames =
  'Farsi fa; Bokmål nb; Nynorsk nn; Česky cs; Český cs; Latein la; Latin la; Brasilianisch pt-BR; Schwyzerdütsch gsw; Rätoromanisch rm; Holländisch nl; Flemish nl-BE; Flamand nl-BE; Castellano es; Mandarin zh; Österreichisch de-AT; ' +
  'Franz fr; Frz fr; Engl en; Ital it; Span es; Niederl nl; Portug pt; Poln pl; Russ ru; Tschech cs';

type ValidTag = (text: string) => string | undefined;

/**
 * The languages that a text can mean if it is not a tag. `validTag` is the tag in canonical case, if it is
 * one.
 */
export function languagesOf(text: string, validTag: ValidTag): readonly string[] {
  if (text.length === 1) return sapLanguages(text);
  const tag = tagOf(text, validTag);
  if (tag !== undefined) {
    const other = alsoCountries[text.toLowerCase()];
    return other === undefined ? [tag] : [tag, other];
  }
  const named = names().codesOf(text);
  return named.length > 0 ? named : languageAndCountry(text, validTag);
}

function sapLanguages(letter: string): string[] {
  const own = sapKeys.get(letter);
  if (own === undefined) return [];
  return letter === letter.toUpperCase() ? [own] : [own, sapKeys.get(letter.toUpperCase()) ?? own];
}

/** `de_DE`, `en_US.UTF-8`, `de_DE@euro`, `deu`, `ger-AT`, `en-UK`. */
function tagOf(text: string, validTag: ValidTag): string | undefined {
  const hyphenated = text.replace(/[_ ]+/g, '-').replace(/[.@][A-Za-z\d.@-]+$/, '');
  if (!/^[A-Za-z]{2,3}(-[A-Za-z\d-]+)?$/.test(hyphenated)) return undefined;
  return validTag(hyphenated) ?? withCountry(hyphenated, validTag) ?? shorter(hyphenated, validTag);
}

function withCountry(tag: string, validTag: ValidTag): string | undefined {
  const [language = '', region = '', ...rest] = tag.split('-');
  if (rest.length > 0 || region === '') return undefined;
  const country = parseCountry(region);
  return typeof country === 'string' ? validTag(`${language}-${country}`) : undefined;
}

/** BCP 47 has the two-letter code where ISO 639-2 also has one or two three-letter codes (`deu`, `ger`). */
function shorter(tag: string, validTag: ValidTag): string | undefined {
  try {
    const canonical = Intl.getCanonicalLocales(tag)[0];
    return canonical === undefined ? undefined : validTag(canonical);
  } catch {
    return undefined;
  }
}

/** `German (Switzerland)`, `Deutsch - DE`, `Englisch (EN)`. */
function languageAndCountry(text: string, validTag: ValidTag): readonly string[] {
  const [first = '', second, ...rest] = partsOf(text.replaceAll('_', ' - '));
  if (second === undefined || rest.length > 0) return [];
  const languages = namedOrCode(first, validTag);
  return languages.flatMap((language) => {
    if (namedOrCode(second, validTag).includes(language)) return language;
    const country = parseCountry(second);
    return typeof country === 'string' && country !== '' ? (validTag(`${language}-${country}`) ?? []) : [];
  });
}

function namedOrCode(part: string, validTag: ValidTag): readonly string[] {
  const code = /^[A-Za-z]{2,3}$/.test(part) ? tagOf(part, validTag) : undefined;
  return code === undefined ? names().codesOf(part) : [code];
}

/** The main language of a country whose code was given: `cz` → `cs or cs-CZ`. */
export function likelyLanguage(text: string): string | undefined {
  if (Object.hasOwn(sapDigits, text)) return `${sapDigits[text]} (SAP’s key ${text})`;
  if (Object.hasOwn(windowsNumbers, text)) return `${windowsNumbers[text]} (Windows’ number ${text})`;
  if (text.length === 1) return sapKeys.has(text) ? undefined : sapKeys.get(text.toUpperCase());
  if (Object.hasOwn(alsoCountries, text.toLowerCase())) return undefined;
  const country = parseCountry(text);
  if (typeof country !== 'string' || country === '' || text.length > 3) return names().near(text);
  const language = mainLanguage(country);
  return language === undefined ? undefined : `${language} or ${language}-${country}`;
}

/** See `languageOfCountries` of language.ts. */
export function languageOfCountries(
  codes: string[],
  validTag: ValidTag,
): { code: string; language: string; meant: string } | undefined {
  const countries = codes.map((code) => parseCountry(code));
  for (const [index, code] of codes.entries()) {
    const country = countries[index];
    if (typeof country !== 'string') return undefined;
    const tag = validTag(code);
    const meant = mainLanguage(country);
    if (tag === undefined || meant === undefined || spokenIn(tag, country) || isMainSomewhere(tag)) continue;
    if (countries.some((other) => typeof other !== 'string')) return undefined;
    return { code, language: languageName(tag), meant: `${meant}-${country}` };
  }
  return undefined;
}

function spokenIn(language: string, country: string): boolean {
  return mainLanguage(country) === language || knownLocales().includes(`${language}-${country}`);
}

/** Whether it is the country's first language: Swedish, not Northern Sami. */
function isMainSomewhere(language: string): boolean {
  const { region } = new Intl.Locale(language).maximize();
  return region !== undefined && mainLanguage(region) === language;
}

function languageName(tag: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
}

function mainLanguage(country: string): string | undefined {
  const { language } = new Intl.Locale('und', { region: country }).maximize();
  return language === 'und' ? undefined : language;
}

let known: CodeNames | undefined;

/**
 * CLDR's names in four languages and the language's own. Built when the first value that is not a tag is
 * looked up.
 */
function names(): CodeNames {
  if (known !== undefined) return known;
  const made = createCodeNames();
  const tags = [...new Set(knownLocales().flatMap((locale) => [new Intl.Locale(locale).language, locale]))];
  const [inDialects, inStandard] = (['dialect', 'standard'] as const).map((languageDisplay) =>
    namingLanguages.map(
      (locale) => new Intl.DisplayNames(locale, { type: 'language', languageDisplay, fallback: 'none' }),
    ),
  );
  for (const tag of tags) {
    const own = new Intl.DisplayNames(tag, { type: 'language', fallback: 'none' });
    for (const display of [...(inDialects ?? []), ...(inStandard ?? []), own]) {
      const name = display.of(tag);
      if (name !== tag) made.add(name, tag);
    }
    // Serbian in Latin letters names itself this way only in a locale of its own.
    const { language } = new Intl.Locale(tag);
    if (language !== tag) made.add(own.of(language), language);
  }
  for (const line of otherNames.split(/;\s*/)) {
    const [name = '', tag = ''] = line.split(' ');
    made.add(name, tag);
  }
  return (known = made);
}

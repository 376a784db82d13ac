import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import german from 'i18n-iso-countries/langs/de.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import french from 'i18n-iso-countries/langs/fr.json' with { type: 'json' };
import italian from 'i18n-iso-countries/langs/it.json' with { type: 'json' };
import type { CodeNames } from './code-names.ts';
import { codesOfParts, createCodeNames } from './code-names.ts';
import { localesByRegion, namingLanguages } from './locales.ts';

/**
 * Distinguishing signs of vehicles in Europe that differ from the country's code of two or three letters.
 * Source: UNECE, “Distinguishing signs used on vehicles in international traffic”, notified under the
 * conventions on road traffic of 1949 and 1968. A code always takes precedence over a sign: FR is France, not
 * the Faroes.
 */
const vehicleSigns = `D DE, A AT, F FR, I IT, E ES, B BE, L LU, H HU, P PT, S SE, N NO, V VA, M MT, FL LI, SLO SI,
  RSM SM, NMK MK, RKS XK, GBZ GI, GBG GG, GBJ JE, GBA GG, GBM IM`;

/**
 * UK and EL are exceptionally reserved or used by the European Union (Interinstitutional Style Guide, annex
 * A5), XI is Northern Ireland in VAT numbers, VAE and BRD are the usual German abbreviations, PRC is the
 * English one.
 */
const abbreviations = 'UK GB, EL GR, XI GB, VAE AE, UAE AE, BRD DE, PRC CN';

/** Other names of countries, which neither ISO nor CLDR has. Two codes: the name has two meanings. */
const otherNames = `Holland NL; Bundesrepublik Deutschland DE; Federal Republic of Germany DE; Republik Österreich AT;
  Schweizerische Eidgenossenschaft CH; England GB; Scotland GB; Wales GB; Northern Ireland GB; Schottland GB;
  Nordirland GB; Great Britain GB; Großbritannien GB; Grande-Bretagne GB; Gran Bretagna GB; Angleterre GB;
  Inghilterra GB; Écosse GB; Scozia GB; Tschechei CZ; Slovak Republic SK; Slowakische Republik SK; Česká republika CZ;
  Republic of Ireland IE; Amerika US; America US; Swiss CH; Swiss Confederation CH; Confédération suisse CH;
  Republic of Austria AT; Germany, Federal Republic of DE; Fürstentum Liechtenstein LI; Principality of Liechtenstein LI;
  Fürstentum Monaco MC; Königreich der Niederlande NL; Kingdom of the Netherlands NL; Königreich Belgien BE;
  Königreich Dänemark DK; Königreich Spanien ES; République française FR; Repubblica Italiana IT; Großherzogtum Luxemburg LU; Hellas GR; Shqipëria AL; Kosova XK; Weißrussland BY;
  Moldawien MD; Moldau MD; Bosnien BA; Bosnia BA; Bosnie BA; Volksrepublik China CN; VR China CN; PR China CN;
  Demokratische Republik Kongo CD; Mazedonien MK; Macedonia MK; Vatikan VA; Vatican VA; Cape Verde CV; Kapverden CV; Swaziland SZ;
  Swasiland SZ; Burma MM; Birma MM; East Timor TL; Osttimor TL; Congo CG CD; Kongo CG CD; Korea KR KP; Corea KR KP;
  Corée KR KP`;

/**
 * The Olympic committee's codes that differ from ISO's: suggested only. Source: the IOC's list of committees.
 */
const olympic =
  pairsOf(`GER DE, SUI CH, NED NL, DEN DK, POR PT, CRO HR, GRE GR, BUL BG, LAT LV, SLO SI, IRE IE,
  MON MC, RSA ZA, UAE AE, KSA SA, CHI CL`);
const signs = pairsOf(`${vehicleSigns}, ${abbreviations}`);

function pairsOf(list: string): Map<string, string> {
  return new Map(list.split(/,\s*/).map((pair) => pair.split(' ') as [string, string]));
}

/**
 * The countries that a text can mean if it is not a two-letter code. Numbers are not names, see
 * `likelyCountry`.
 */
export function countriesOf(text: string): readonly string[] {
  const whole = countriesNamed(text);
  // `n/a` is not Norway and Austria.
  if (whole.length > 0 || !/\p{L}{2}/u.test(text)) return whole;
  return codesOfParts(text, (part) => countryOfCode(part) ?? countriesNamed(part));
}

/** The country of a vehicle sign, an abbreviation or an alpha-3 code. */
function countriesNamed(text: string): readonly string[] {
  const word = text.replaceAll('.', '').toUpperCase();
  const code =
    signs.get(word) ?? alpha2Of().get(word) ?? (word === text ? undefined : countryOfCode(word)?.[0]);
  return code === undefined ? names().codesOf(text) : [code];
}

function countryOfCode(text: string): string[] | undefined {
  const code = codes.find(([alpha2]) => alpha2 === text)?.[0];
  return code === undefined ? undefined : [code];
}

/**
 * A suggestion for a mistyped name, an Olympic code or one of ISO's numbers. Numbers are never accepted,
 * because lists of countries by number differ: 004 is Afghanistan to ISO and was Germany in the Union's own
 * list; 158 is Taiwan to ISO and Switzerland to Germany's statistical office.
 */
export function likelyCountry(text: string): string | undefined {
  const byNumber = codes.find(([, , number]) => number === text)?.[0];
  return byNumber ?? olympic.get(text.toUpperCase()) ?? names().near(text);
}

let alpha3: Map<string, string> | undefined;

function alpha2Of(): Map<string, string> {
  return (alpha3 ??= new Map(codes.map(([code, longer]) => [String(longer), String(code)])));
}

let known: CodeNames | undefined;

/**
 * ISO's names in four languages, CLDR's in the same languages and in those spoken in the country. Built when
 * the first value that is not a code is looked up: it takes some 30 ms.
 */
function names(): CodeNames {
  if (known !== undefined) return known;
  const made = createCodeNames();
  for (const { countries } of [english, german, french, italian]) {
    for (const [code, of] of Object.entries(countries)) {
      for (const name of [of].flat()) addCountry(made, name, code);
    }
  }
  for (const [region, locales] of localesByRegion()) {
    if (!codes.some(([code]) => code === region)) continue;
    for (const locale of [...namingLanguages, ...locales]) {
      for (const of of regionNames(locale)) addCountry(made, of.of(region), region);
    }
  }
  for (const line of otherNames.split(/;\s*/)) {
    const [, name = '', meant = ''] = /^(.*?)((?: [A-Z]{2})+)$/s.exec(line) ?? [];
    for (const code of meant.trim().split(' ')) made.add(name, code);
  }
  return (known = made);
}

const displays = new Map<string, Intl.DisplayNames[]>();

function regionNames(locale: string): Intl.DisplayNames[] {
  const made =
    displays.get(locale) ??
    (['long', 'short'] as const).map(
      (style) => new Intl.DisplayNames(locale, { type: 'region', style, fallback: 'none' }),
    );
  displays.set(locale, made);
  return made;
}

/** `Congo - Kinshasa`, `Korea, Republic of` and `Virgin Islands (British)` by their first part, too. */
function addCountry(made: CodeNames, name: string | undefined, code: string): void {
  if (name === undefined || name === code) return;
  made.add(name, code);
  const [short] = name.split(/ [-–] | ?\(|, /);
  if (short !== name) made.add(short, code);
}

import extlangs from 'language-subtag-registry/data/json/extlang.json' with { type: 'json' };
import grandfathered from 'language-subtag-registry/data/json/grandfathered.json' with { type: 'json' };
import languages from 'language-subtag-registry/data/json/language.json' with { type: 'json' };
import regions from 'language-subtag-registry/data/json/region.json' with { type: 'json' };
import scripts from 'language-subtag-registry/data/json/script.json' with { type: 'json' };
import variants from 'language-subtag-registry/data/json/variant.json' with { type: 'json' };
import { cached } from './cached.ts';
import { languageOfCountries as findAmongCountries, languagesOf, likelyLanguage } from './language-names.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import type { CodeRule } from './reading.ts';
import { parseWithCodes } from './reading.ts';

// RFC 5646, section 2.1, in lower case.
const wellFormed =
  /^(?:([a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*)((?:-[a-wy-z\d](?:-[a-z\d]{2,8})+)*)(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+)$/;
const longest = 255;

/** Keys such as `qaa..qtz`: ranges of subtags for private use. */
const ranges = [languages, scripts, regions].flatMap((registry) =>
  Object.keys(registry)
    .filter((key) => key.includes('..'))
    .map((key): [registry: object, from: string, to: string] => [
      registry,
      key.split('..')[0]!,
      key.split('..')[1]!,
    ]),
);

const rule: CodeRule = {
  code: 'invalid_language',
  codeOf(text) {
    const fault = findFault(text);
    return fault === undefined
      ? { code: inCanonicalCase(text) }
      : { fault: `is not a BCP 47 language tag${fault}` };
  },
  codesOf: (text) => languagesOf(text, validTag),
  likely: likelyLanguage,
};

/**
 * The tag, from a tag or from a text that can mean only one language: `Deutsch`, `ger`, `de_DE`. '' for
 * blank.
 */
export const parseLanguage: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: false }, rule),
);

/**
 * The BCP 47 tag in canonical case (RFC 5646, 2.1.1), '' for blank: well-formed, and each subtag in IANA's
 * registry. Not aliased: `iw` stays `iw`. Extensions and private use only have to be well-formed.
 */
export const parseLanguageTag: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: true }, rule),
);

/**
 * Given codes that are all codes of countries, one that is hardly spoken anywhere as a language: its meaning
 * as a language, and the country's language.
 */
export function languageOfCountries(
  codes: string[],
): { code: string; language: string; meant: string } | undefined {
  return findAmongCountries(codes, validTag);
}

function validTag(text: string): string | undefined {
  return findFault(text) === undefined ? inCanonicalCase(text) : undefined;
}

/** '' if the form is wrong, the unregistered part of a well-formed tag, undefined for a valid tag. */
function findFault(text: string): string | undefined {
  // Beyond ASCII, lower case could turn a sign into a letter (the Kelvin sign).
  if (text.length > longest || !/^[a-z\d-]+$/i.test(text)) return '';
  const tag = text.toLowerCase();
  if (Object.hasOwn(grandfathered, tag)) return undefined;
  const match = wellFormed.exec(tag);
  if (match === null) return '';
  const [, first = '', script, region, variantPart = '', extensionPart = ''] = match;
  if (first === '') return undefined;
  const [language = '', ...extended] = first.split('-');
  // A whole word is more likely a name ("Deutsch") than an unregistered code.
  if (language.length > 3 && !isRegistered(languages, language)) return '';
  const variantsNamed = variantPart.split('-').slice(1);
  const subtags: [kind: string, registry: object, subtags: string[]][] = [
    ['language', languages, [language]],
    ['language extension', extlangs, extended],
    ['script', scripts, script === undefined ? [] : [script]],
    ['region', regions, region === undefined ? [] : [region]],
    ['variant', variants, variantsNamed],
  ];
  for (const [kind, registry, named] of subtags) {
    const strange = named.find((subtag) => !isRegistered(registry, subtag));
    if (strange !== undefined) return `: the ${kind} ${quoted(strange)} is not registered`;
  }
  const singletons = extensionPart.split('-').filter((subtag) => subtag.length === 1);
  return hasTwice(variantsNamed) || hasTwice(singletons) ? ': it has the same subtag twice' : undefined;
}

function isRegistered(registry: object, subtag: string): boolean {
  if (Object.hasOwn(registry, subtag)) return true;
  return ranges.some(
    ([at, from, to]) => at === registry && from.length === subtag.length && from <= subtag && subtag <= to,
  );
}

function hasTwice(subtags: string[]): boolean {
  return new Set(subtags).size < subtags.length;
}

function inCanonicalCase(text: string): string {
  let afterSingleton = false;
  const cased = text
    .toLowerCase()
    .split('-')
    .map((subtag, index) => {
      if (subtag.length === 1) afterSingleton = true;
      if (index === 0 || afterSingleton) return subtag;
      if (subtag.length === 2) return subtag.toUpperCase();
      return /^[a-z]{4}$/.test(subtag) ? subtag[0]!.toUpperCase() + subtag.slice(1) : subtag;
    });
  return cased.join('-');
}

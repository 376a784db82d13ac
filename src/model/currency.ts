import currencyData from 'cldr-core/supplemental/currencyData.json' with { type: 'json' };
import { cached } from './cached.ts';
import { codesByName } from './codes-by-name.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

interface Use {
  code: string;
  from: string;
  to: string | undefined;
  isTender: boolean;
}

/** Which currencies each region has had, by CLDR, dates as YYYY-MM-DD: `HR` has EUR, and had HRK. */
const usesIn = new Map(
  Object.entries<Record<string, { _from?: string; _to?: string; _tender?: string }>[]>(
    currencyData.supplemental.currencyData.region,
  ).map(([region, uses]) => [
    region,
    uses.flatMap((use) => Object.entries(use).map(([code, dates]) => useOf(code, dates))),
  ]),
);

function useOf(code: string, dates: { _from?: string; _to?: string; _tender?: string }): Use {
  const { _from: from = '', _to: to, _tender: tender } = dates;
  return { code, from, to, isTender: tender !== 'false' };
}

// Codes that CLDR made up for its own use: neither list one nor list three of ISO 4217 has them.
const neverInIso4217 = new Set(
  'ARL ARM BAN BGM BGO BOL BRZ CLE CNH CNX KRH KRO MAF MCF MDC MKN MVP VNN YUR'.split(' '),
);

/** Every code, with the regions where its use has ended; a code in use anywhere has none. */
const endedIn = new Map<string, { region: string; to: string }[]>();
const inUse = new Set<string>();
for (const [region, uses] of usesIn) {
  for (const { code, to } of uses) {
    if (neverInIso4217.has(code)) continue;
    if (to === undefined) inUse.add(code);
    else endedIn.set(code, [...(endedIn.get(code) ?? []), { region, to }]);
  }
}
for (const code of inUse) endedIn.delete(code);

/**
 * The ISO 4217 code in capitals, '' for blank. Funds, metals and test codes (CHE, XAU, XTS) are codes too;
 * withdrawn ones pass here and are told by `findWithdrawnCurrency`.
 */
export const parseCurrency: (text: string) => string | Problem = cached((text) => {
  const trimmed = parseText(text, { max: Infinity });
  if (typeof trimmed !== 'string' || trimmed === '') return trimmed;
  const code = /^[a-z]{3}$/i.test(trimmed) ? trimmed.toUpperCase() : trimmed;
  if (inUse.has(code) || endedIn.has(code)) return code;
  const meant = meantCurrency(trimmed);
  const hint = meant === undefined ? undefined : `did you mean ${meant}?`;
  return problem('invalid_currency', `${quoted(trimmed)} is not an ISO 4217 code`, hint);
});

/** The warning for a code that is no longer in use anywhere, naming its successor where there is one. */
export const findWithdrawnCurrency: (code: string) => Problem | undefined = (code) => {
  if (!endedIn.has(code)) return undefined;
  const next = successor(code);
  const hint = next === undefined ? undefined : `${next} has taken its place`;
  return problem('withdrawn_currency', `${quoted(code)} is withdrawn, no longer a currency in use`, hint);
};

/** What is paid with where the code was at home (its first two letters); else where it was in use last. */
function successor(code: string): string | undefined {
  const ended = endedIn.get(code) ?? [];
  const home = ended.find(({ region }) => region === code.slice(0, 2));
  const atHome = home && tenderIn(home.region);
  if (atHome !== undefined) return atHome;
  const last = ended.reduce((latest, { to }) => (to > latest ? to : latest), '');
  const heirs = ended
    .filter(({ to }) => home !== undefined || to === last)
    .map(({ region }) => tenderIn(region));
  const distinct = new Set(heirs.filter((heir) => heir !== undefined));
  return distinct.size === 1 ? [...distinct][0] : undefined;
}

function tenderIn(region: string): string | undefined {
  const current = (usesIn.get(region) ?? []).filter(({ to, isTender }) => to === undefined && isTender);
  return current.toSorted((a, b) => b.from.localeCompare(a.from))[0]?.code;
}

const signs: Record<string, string> = {
  '€': 'EUR',
  $: 'USD',
  US$: 'USD',
  '£': 'GBP',
  FR: 'CHF',
  SFR: 'CHF',
  FRANKEN: 'CHF',
  ZŁ: 'PLN',
  KČ: 'CZK',
};
// Only codes that a typing error is likely to have been meant for.
const common = ['EUR', 'USD', 'CHF', 'GBP', 'PLN', 'CZK', 'HUF', 'SEK', 'NOK', 'DKK', 'JPY'];

function meantCurrency(text: string): string | undefined {
  const word = text.toUpperCase().replace(/\.$/, '');
  if (word.length > 40) return undefined;
  if (Object.hasOwn(signs, word)) return signs[word];
  return currencyNamed(word) ?? common.find((code) => isOneSlipAway(word, code));
}

const currencyNamed = codesByName('currency', () => inUse);

/** One letter too many, too few, wrong, or two swapped. */
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

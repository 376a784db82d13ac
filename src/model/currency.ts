import currencyData from 'cldr-core/supplemental/currencyData.json' with { type: 'json' };
import { cached } from './cached.ts';
import { currenciesOf, likelyCurrency } from './currency-names.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import type { CodeRule } from './reading.ts';
import { parseWithCodes } from './reading.ts';

/** A currency of a region, dates as YYYY-MM-DD. */
export interface CurrencyUse {
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

function useOf(code: string, dates: { _from?: string; _to?: string; _tender?: string }): CurrencyUse {
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

const known = { usesIn, isCurrency, isInUse, successor };

const rule: CodeRule = {
  code: 'invalid_currency',
  codeOf(text) {
    const code = /^[a-z]{3}$/i.test(text) ? text.toUpperCase() : text;
    return isCurrency(code) ? { code } : { fault: 'is not an ISO 4217 code' };
  },
  codesOf: (text) => currenciesOf(text, known),
  likely: (text) => likelyCurrency(text, known),
};

/** The code for a currency's code or for what can mean only this currency: `Euro`, `€`, `978`. '' for blank. */
export const parseCurrency: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: false }, rule),
);

/**
 * The ISO 4217 code in capitals, '' for blank. Funds, metals and test codes (CHE, XAU, XTS) are codes too;
 * withdrawn ones pass here, and `findWithdrawnCurrency` names them.
 */
export const parseCurrencyCode: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: true }, rule),
);

function isCurrency(code: string): boolean {
  return inUse.has(code) || endedIn.has(code);
}

function isInUse(code: string): boolean {
  return inUse.has(code);
}

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

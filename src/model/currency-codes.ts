import currencyData from 'cldr-core/supplemental/currencyData.json' with { type: 'json' };

/** A currency of a region, dates as YYYY-MM-DD. */
interface CurrencyUse {
  code: string;
  from: string;
  to: string | undefined;
  isTender: boolean;
}

/** Which currencies each region has and had, by CLDR, dates as YYYY-MM-DD: `HR` has EUR, and had HRK. */
export const usesIn: ReadonlyMap<string, CurrencyUse[]> = new Map(
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

// Codes that CLDR invented for its own use: they are in neither list one nor list three of ISO 4217.
const neverInIso4217 = new Set(
  'ARL ARM BAN BGM BGO BOL BRZ CLE CNH CNX KRH KRO MAF MCF MDC MKN MVP VNN YUR'.split(' '),
);

/**
 * Every code, with the regions where it is no longer used; a code still in use anywhere has an empty list.
 */
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

/** Whether ISO 4217 has or had the code. */
export function isCurrency(code: string): boolean {
  return inUse.has(code) || endedIn.has(code);
}

export function isInUse(code: string): boolean {
  return inUse.has(code);
}

/** Whether the code was a currency and no longer is. */
export function isWithdrawn(code: string): boolean {
  return endedIn.has(code);
}

/**
 * The currency used today in the code's home region (its first two letters), otherwise in the region that
 * used it last.
 */
export function successor(code: string): string | undefined {
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

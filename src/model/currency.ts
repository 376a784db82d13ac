import { cached } from './cached.ts';
import { isCurrency, isWithdrawn, successor } from './currency-codes.ts';
import { currenciesOf, likelyCurrency } from './currency-names.ts';
import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import type { CodeRule } from './reading.ts';
import { parseWithCodes } from './reading.ts';

const rule: CodeRule = {
  code: 'invalid_currency',
  codeOf(text) {
    const code = /^[a-z]{3}$/i.test(text) ? text.toUpperCase() : text;
    return isCurrency(code) ? { code } : { fault: 'is not an ISO 4217 code' };
  },
  codesOf: currenciesOf,
  likely: likelyCurrency,
};

/**
 * The code, from a currency's code or from a text that can mean only this currency: `Euro`, `€`, `978`. ''
 * for blank.
 */
export const parseCurrency: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: false }, rule),
);

/**
 * The ISO 4217 code in capitals, '' for blank. Funds, metals and test codes (CHE, XAU, XTS) are codes too.
 * Withdrawn codes are valid here; `findWithdrawnCurrency` reports them.
 */
export const parseCurrencyCode: (text: string) => string | Problem = cached((text) =>
  parseWithCodes(text, { strict: true }, rule),
);

/** The warning for a code that is no longer in use anywhere, naming its successor if it has one. */
export const findWithdrawnCurrency: (code: string) => Problem | undefined = (code) => {
  if (!isWithdrawn(code)) return undefined;
  const next = successor(code);
  const hint = next === undefined ? undefined : `use ${next} instead`;
  return problem('withdrawn_currency', `${quoted(code)} is withdrawn, no longer a currency in use`, hint);
};

import type { Context } from '../context.ts';
import { findWithdrawnCurrency } from '../model/currency.ts';
import { describeProblem } from '../model/problem.ts';

/** Warns once about each currency that is about to be written and no longer in use. */
export function warnOfCurrencies(context: Context, codes: string[]): void {
  for (const code of new Set(codes)) {
    const found = findWithdrawnCurrency(code);
    if (found !== undefined) context.warn(`! ${describeProblem('default_currency', found)}`);
  }
}

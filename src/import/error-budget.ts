/** How many rows may be rejected before nothing is written (`--max-errors`). */
export interface ErrorBudget {
  /** As it was given, for messages. */
  text: string;
  rows?: number;
  /** Of all rows. Whole numbers, because `0.57 / 100 * 10_000` is less than 57. */
  millionths?: number;
}

export const noLimit: ErrorBudget = { text: 'no limit' };

/** `100` rows or `2.5%` of them, with up to four decimals; undefined for anything else. */
export function parseErrorBudget(text: string): ErrorBudget | undefined {
  const [, number, decimals, percent] = /^(\d+)(\.\d{1,4})?\s*(%?)$/.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  if (percent === '%') {
    const millionths = Math.round(Number(`${number}${decimals ?? ''}`) * 10_000);
    return millionths <= 1_000_000 ? { text, millionths } : undefined;
  }
  const rows = Number(number);
  return decimals === undefined && Number.isSafeInteger(rows) ? { text, rows } : undefined;
}

export function isOverBudget(
  budget: ErrorBudget,
  { failed, rows }: { failed: number; rows: number },
): boolean {
  if (budget.rows !== undefined && failed > budget.rows) return true;
  return budget.millionths !== undefined && failed * 1_000_000 > budget.millionths * rows;
}

/** How many rows may be rejected before nothing at all is written (`--max-errors`). */
export interface ErrorBudget {
  /** As it was given, for messages. */
  text: string;
  rows?: number;
  percent?: number;
}

export const noLimit: ErrorBudget = { text: 'no limit' };

/** `100` rows or `2.5%` of them; undefined for anything else. */
export function parseErrorBudget(text: string): ErrorBudget | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  if (found === null) return undefined;
  const number = Number(found[1]);
  if (found[2] === '%') return number <= 100 ? { text, percent: number } : undefined;
  return Number.isSafeInteger(number) ? { text, rows: number } : undefined;
}

export function isOverBudget(
  budget: ErrorBudget,
  { failed, rows }: { failed: number; rows: number },
): boolean {
  if (budget.rows !== undefined && failed > budget.rows) return true;
  return budget.percent !== undefined && failed * 100 > budget.percent * rows;
}

import type { Context } from '../../context.ts';
import { readingsOf } from '../../model/fields.ts';
import { renderReading } from '../../render/read-values.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';

const shown = 20;

/**
 * Reports on stderr values that were recognised without being codes, as in `--billing-country Deutschland`.
 */
export function reportReadings(context: Context, given: readonly object[]): void {
  const counts = new Map<string, number>();
  for (const line of given.flatMap((fields) => readingsOf(fields)).map(renderReading)) {
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of [...counts].slice(0, shown)) {
    context.note(() => (count === 1 ? line : `${line} (${formatNumberOf(count, 'change')})`));
  }
  if (counts.size > shown) context.note(`… and ${formatNumberOf(counts.size - shown, 'more value')}`);
}

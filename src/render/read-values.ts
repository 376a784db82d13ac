import type { ReadValue } from '../model/import-report.ts';
import { printable, quoted } from '../model/printable.ts';
import type { Reading } from '../model/reading.ts';
import { formatNumberOf } from './text/numbers.ts';

const shownValues = 20;

/** `billing_country: "Deutschland" → DE (266 rows)`, a line for each value; the first twenty. */
export function renderReadValues(values: ReadValue[]): string {
  const lines = values
    .slice(0, shownValues)
    .map((value) => `${renderReading(value)} (${formatNumberOf(value.count, 'row')})`);
  const more = values.length - shownValues;
  if (more > 0) lines.push(`… and ${formatNumberOf(more, 'more value')}; --json lists up to 1,000`);
  return lines.join('\n');
}

/** `billing_country: "Deutschland" → DE` */
export function renderReading({ field, value, stored }: Reading): string {
  return `${field}: ${quoted(value)} → ${printable(stored)}`;
}

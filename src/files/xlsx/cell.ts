import type { SheetMark } from '../table.ts';
import type { NumberFormat } from './number-format.ts';
import { fillPattern, formatFor } from './number-format.ts';

/** A cell's text, and how the workbook stores it as far as the text does not show that. */
export interface SheetCell {
  text: string;
  mark: SheetMark | undefined;
}

/** Excel stores this many digits of a number and replaces the rest with zeros. */
const exactDigits = 15;
/** Longer integers are shown like 1.23457E+11 unless the cell has a number format. */
const generalDigits = 11;
/** 9999-12-31, the last valid day; counted from 1904, its number is smaller by 1,462. */
const lastDay = 2_958_465;

/** A number as it is stored (`1234`, `45345.5`, `1.5E-3`) in the format of its cell. */
export function numberCell(
  kept: string,
  { format: given, date1904 }: { format: NumberFormat; date1904: boolean },
): SheetCell {
  const value = Number(kept);
  const format = formatFor(given, value);
  if (kept.trim() === '' || !Number.isFinite(value)) return { text: kept, mark: 'unreadable' };
  if (format.shows === 'date') return { text: dateText(value, date1904) ?? String(value), mark: 'date' };
  const digits = integerDigits(kept, value);
  if (digits === undefined) return { text: String(Number(value.toPrecision(exactDigits))), mark: 'fraction' };
  if (digits.replace('-', '').length > exactDigits) return { text: digits, mark: 'rounded' };
  if (format.shows === 'scientific') return { text: digits, mark: 'scientific' };
  if (format.shows === 'general' && digits.replace('-', '').length > generalDigits) {
    return { text: digits, mark: 'scientific' };
  }
  const filled = format.shows === 'pattern' && value >= 0 ? fillPattern(format, digits) : digits;
  return { text: filled, mark: 'number' };
}

/** Every digit of an integer; undefined for a number with decimals. */
function integerDigits(kept: string, value: number): string | undefined {
  if (/^-?\d+$/.test(kept)) return kept.replace(/^(-?)0+(?=\d)/, '$1');
  const rounded = Number(value.toPrecision(exactDigits));
  return Number.isInteger(rounded) ? BigInt(rounded).toString() : undefined;
}

/**
 * A day number as ISO 8601 (`2026-01-31`, `2026-01-31 13:45:00`, or `13:45:00` for a time alone), undefined
 * for an invalid day. Day 1 is 1900-01-01; day 60 is 1900-02-29, which did not exist, so the days before
 * count one less.
 */
function dateText(value: number, date1904: boolean): string | undefined {
  const seconds = Math.round(value * 86_400);
  if (value < 0 || seconds >= (lastDay + 1 - (date1904 ? 1462 : 0)) * 86_400) return undefined;
  const time = seconds % 86_400;
  if (seconds < 86_400 && time > 0) return timeText(time);
  const day = (seconds - time) / 86_400;
  if (!date1904 && (day === 0 || day === 60)) return undefined;
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30);
  const shown = new Date(epoch + day * 86_400_000).toISOString().slice(0, 10);
  return time === 0 ? shown : `${shown} ${timeText(time)}`;
}

function timeText(seconds: number): string {
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}

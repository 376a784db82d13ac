import type { AddressField } from '../../model/columns.ts';
import { addressPlaceOf } from '../../model/columns.ts';
import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import type { StagedColumn } from '../../store/merge/staging.ts';
import { escapeForCopy, jsonString } from './copy-text.ts';
import type { Slot, SlotsOfAddress } from './slots.ts';

/** Fields that are staged unchanged; the parts of an address become one JSON object. */
const scalarFields = fieldNames.filter(
  (field): field is Exclude<FieldName, AddressField> => addressPlaceOf(field) === undefined,
);

/** Writes the values of one record, one for each slot, as a line for COPY. */
export function createStagedLine({
  slots,
  addresses,
  values,
}: {
  slots: Slot[];
  addresses: SlotsOfAddress[];
  values: string[];
}) {
  const slotOf = (field: Slot['key']) => slots.findIndex(({ key }) => key === field);
  const scalars = [...scalarFields, 'given_id' as const, 'source_id' as const].filter(
    (key) => slotOf(key) >= 0,
  );
  const scalarSlots = scalars.map(slotOf);
  const columns: StagedColumn[] = ['row_no', 'line_no', ...scalars, ...addresses.map(({ column }) => column)];

  function copyLine(row: number, line: number): string {
    let text = `${row}\t${line}`;
    for (const slot of scalarSlots) text += `\t${values[slot] as string}`;
    for (const { parts } of addresses) text += `\t${addressJson(parts)}`;
    // Few rows contain a character that COPY needs escaped: one test of the whole line is enough.
    return text.includes('\\') || text.includes('\n') ? escapedLine(row, line) : `${text}\n`;
  }

  function escapedLine(row: number, line: number): string {
    const staged = [
      ...scalarSlots.map((slot) => values[slot] as string),
      ...addresses.map(({ parts }) => addressJson(parts)),
    ];
    return `${row}\t${line}\t${staged.map(escapeForCopy).join('\t')}\n`;
  }

  function addressJson(parts: SlotsOfAddress['parts']): string {
    let json = '';
    for (const { slot, part } of parts) {
      const value = values[slot] as string;
      if (value === '') continue;
      json += `${json === '' ? '{' : ','}"${part}":${jsonString(value)}`;
    }
    return json === '' ? '' : `${json}}`;
  }

  return { columns, copyLine };
}

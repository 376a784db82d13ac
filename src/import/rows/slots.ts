import type { AddressPart } from '../../model/address.ts';
import type { AddressColumn } from '../../model/columns.ts';
import { addressColumns, addressPlaceOf } from '../../model/columns.ts';
import type { Field, FieldName } from '../../model/fields.ts';
import { blockedField, fields } from '../../model/fields.ts';
import { parseText } from '../../model/text.ts';
import type { Columns } from '../columns/columns.ts';
import { parseCustomerId } from './customer-id.ts';

/** A cell of each record that is judged: its position, its name, and the rule for it. */
export type Slot = {
  index: number;
  name: string;
  field: Field;
  key: FieldName | OwnKey;
  parse: Field['parse'];
};

/** What identifies a customer besides its fields: its id, or its id in the system that wrote the file. */
export type OwnKey = 'given_id' | 'source_id';

const parseSourceId = (text: string) => parseText(text, { max: 500 });

/**
 * The cells that the columns of one file provide: those of the fields, and what else identifies a customer.
 */
export function slotsOf(
  columns: Pick<Columns, 'mapped' | 'id' | 'parts'>,
  { strictValues }: { strictValues: boolean },
): Slot[] {
  const slots = columns.mapped.map(({ index, name, field: key, contrary }): Slot => {
    const field = contrary === true ? blockedField : fields[key];
    const { parse, parseCode = parse } = field;
    return { index, name, field, key, parse: strictValues ? parseCode : parse };
  });
  if (columns.id !== undefined) {
    slots.push({ ...columns.id, field: fields.notes, key: 'given_id', parse: parseCustomerId });
  }
  const sourceId = columns.parts?.id;
  if (sourceId !== undefined) {
    const { name, places } = sourceId;
    slots.push({
      index: places[0] as number,
      name,
      field: fields.notes,
      key: 'source_id',
      parse: parseSourceId,
    });
  }
  return slots;
}

/** The addresses for which a file has columns, each with the slots of its parts. */
export interface SlotsOfAddress {
  column: AddressColumn;
  parts: { slot: number; part: AddressPart }[];
}

export function addressesOf(slots: Slot[]): SlotsOfAddress[] {
  return addressColumns
    .map((column) => ({
      column,
      parts: slots.flatMap(({ key }, slot) => {
        const place = addressPlaceOf(key);
        return place?.column === column ? [{ slot, part: place.part }] : [];
      }),
    }))
    .filter(({ parts }) => parts.length > 0);
}

import { emailKey } from '../../model/email-key.ts';
import type { FieldName } from '../../model/fields.ts';
import { fields } from '../../model/fields.ts';
import { partFieldsOf } from '../../model/columns.ts';
import type { StagedColumn, TieColumn } from '../../store/merge/staging.ts';
import type { MappedColumn } from '../columns/columns.ts';
import type { PartCells, Parts, RowKind } from '../columns/mapping-parts.ts';
import { textOf } from '../columns/mapping-parts.ts';
import type { Finding } from '../finding.ts';
import { contactColumnsOfParts, contactFieldsOf, contactRecords } from './contact-records.ts';
import { escapeForCopy } from './copy-text.ts';
import type { Judge } from './judge.ts';
import { createJudge } from './judge.ts';
import type { ReadValues } from './read-values.ts';

/** What a row contains besides its customer, judged. */
export interface JudgedParts {
  errors: Finding[];
  warnings: Finding[];
  /** Lines for COPY, each to be completed with the row's number and line. */
  lines: ((row: number, line: number) => string)[];
  contacts: number;
}

export interface PartJudge {
  stagedColumns: (StagedColumn | TieColumn)[];
  /** The kind of a row that is not a customer's own. */
  kindOf(cells: string[]): RowKind | undefined;
  /** More contacts of the row's customer, except for the one with the email `known`. */
  judgeContacts(cells: string[], known: string): JudgedParts;
  judgeRow(kind: RowKind, cells: string[]): JudgedParts;
}

/**
 * Judges contacts and addresses by the rules of a customer's own, each part by a judge that knows its
 * columns' names.
 */
export function createPartJudge(
  parts: Parts,
  options: {
    blank: 'clear' | 'keep';
    encoding: string;
    strictValues: boolean | undefined;
    readValues: ReadValues;
  },
): PartJudge {
  // All fields that any part may have, so that all parts are staged alike.
  const addressFields = [
    ...new Set(
      parts.kinds.flatMap(({ addresses }) => addresses.flatMap(addressCells)).map(([field]) => field),
    ),
  ];
  const all = [...contactColumnsOfParts.map((column): FieldName => `contact_${column}`), ...addressFields];

  function judgeFor(cells: ReadonlyMap<FieldName, PartCells>): Judge {
    const mapped = all.map((field, index): MappedColumn => ({
      index,
      name: cells.get(field)?.name ?? field,
      field,
      via: 'mapping',
    }));
    return createJudge({ mapped, fills: {}, id: undefined, parts: undefined }, options);
  }

  const contacts = parts.contacts.map((contact) => ({
    contact,
    judge: judgeFor(new Map(contactFieldsOf(contact))),
  }));
  const kinds = new Map(
    parts.kinds.map((kind) => {
      const { contact, addresses } = kind;
      const own = contact === undefined ? [] : contactFieldsOf(contact);
      const cells = new Map([...own, ...addresses.flatMap(addressCells)]);
      return [kind, { judge: judgeFor(cells), cells }];
    }),
  );
  const [first] = [...contacts, ...kinds.values()];

  return {
    stagedColumns: ['tied_by', 'tied_to', ...(first?.judge.stagedColumns ?? [])],
    kindOf: (cells) => parts.kinds.find((kind) => kind.matches(cells)),
    judgeContacts(record, email) {
      const into = nothing();
      const known = new Set([emailKey(email)]);
      for (const { contact, judge } of contacts) {
        for (const texts of contactRecords(contact, record, { warnings: into.warnings, known })) {
          add(into, { judge, texts: [...texts, ...addressFields.map(() => '')], tie: '\t' });
        }
      }
      return into;
    },
    judgeRow(kind, record) {
      const into = nothing();
      const { judge, cells } = kinds.get(kind) as { judge: Judge; cells: ReadonlyMap<FieldName, PartCells> };
      const tie = tieOf(kind, record, into);
      const address = addressFields.map((field) => textOf(cells.get(field), record));
      const { warnings } = into;
      const found =
        kind.contact === undefined
          ? []
          : contactRecords(kind.contact, record, { warnings, known: new Set() });
      const noContact = contactColumnsOfParts.map(() => '');
      for (const texts of found.length > 0 ? found : [noContact]) {
        add(into, { judge, texts: [...texts, ...address], tie });
      }
      return into;
    },
  };
}

function nothing(): JudgedParts {
  return { errors: [], warnings: [], lines: [], contacts: 0 };
}

/** Judges one contact, with the address of its row if it has one, and adds its line. */
function add(into: JudgedParts, { judge, texts, tie }: { judge: Judge; texts: string[]; tie: string }): void {
  const judged = judge.judge(texts);
  into.errors.push(...judged.errors);
  into.warnings.push(...judged.warnings);
  if (judged.errors.length > 0) return;
  judge.noteReadings(texts);
  if (judged.hasContact) into.contacts++;
  const rest = judge.copyLine(0, 0).slice('0\t0'.length);
  into.lines.push((row, line) => `${tie}\t${row}\t${line}${rest}`);
}

function addressCells({ column, parts }: RowKind['addresses'][number]): [FieldName, PartCells][] {
  const names = new Map(partFieldsOf(column).map(({ field, part }) => [part, field]));
  return parts.map(({ part, cells }) => [names.get(part) as FieldName, cells]);
}

/** The customer of a row: by the first of number, id and name that the row has. */
function tieOf({ of }: RowKind, record: string[], into: JudgedParts): string {
  for (const [by, tie] of Object.entries(of)) {
    const text = textOf(tie, record);
    if (text === '') continue;
    const value = (by === 'number' ? fields.erp_customer_number : fields.name).parse(text);
    if (typeof value === 'string') return `${by}\t${escapeForCopy(value)}`;
    into.errors.push({ column: tie?.name ?? null, value: text, problem: value });
    return '\t';
  }
  into.errors.push({
    column: Object.values(of).find((tie) => tie !== undefined)?.name ?? null,
    value: null,
    problem: { code: 'customer_not_found', message: 'the row does not name its customer' },
  });
  return '\t';
}

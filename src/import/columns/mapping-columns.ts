import type { FieldName } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import type { Finding } from '../finding.ts';
import { isContrary } from './column-synonyms.ts';
import { blankFill } from './fills.ts';
import type { Step } from './cell-steps.ts';
import { asItIs, changeOf, conditionOf, pushParts } from './cell-steps.ts';
import type { Mapping } from './mapping.ts';
import { findMappedColumns } from './mapping-fit.ts';
import type { Parts } from './mapping-parts.ts';
import { columnsOfParts, findParts } from './mapping-parts.ts';

/** A mapping applied to the header of a file. */
export interface AppliedMapping {
  /** Where each field is read: a column of the file, or after them a cell that `transform` adds. */
  mapped: { index: number; name: string; field: FieldName; contrary?: boolean }[];
  /** Positions of the file's columns that the mapping covers, ignored ones included. */
  taken: Set<number>;
  /** The columns that it ignores. */
  ignored: string[];
  /** Positions of columns whose values decide which rows are skipped or belong to others; a field may be read there, too. */
  deciding: Set<number>;
  /** Adds a cell that always has the same value; returns its position. */
  addConstant(value: string): number;
  /** Values for blank cells of some fields, for new customers and contacts. */
  blanks: [FieldName, string][];
  /**
   * If the mapping asks for it, reads the columns of `contact` as blank in rows whose cell `email` is blank.
   */
  leaveOutWithoutEmail(email: number, contact: { index: number; field: FieldName }[]): void;
  /** What it takes from rows in addition to their customers. */
  parts: Parts | undefined;
  /** To be called last; undefined if every cell is read unchanged. */
  transform(): Transform | undefined;
  /** A hint for a refused value of this column. */
  hintFor(column: string): string | undefined;
}

/** What is done to a record before it is judged. */
export interface Transform {
  /** The record's cells followed by those made of them; undefined for a record to skip. */
  apply(cells: string[]): string[] | undefined;
  /** What was wrong with the last record. */
  findings: Finding[];
  /** What was omitted from it. */
  warnings: Finding[];
}

/**
 * Finds the columns that a mapping names. Throws `mapping_mismatch` if the file lacks them, because the
 * mapping was then written for another file, and `duplicate_column` if one of them occurs twice.
 */
export function applyMapping(header: string[], mapping: Mapping): AppliedMapping {
  const place = findMappedColumns(header, mapping);
  const mapped: AppliedMapping['mapped'] = [];
  const taken = new Set<number>();
  const ignored: string[] = [];
  const hints = new Map<string, string>();
  const blanks: [FieldName, string][] = [];
  const steps: Step[] = [];
  let width = header.length;

  for (const [column, rule] of Object.entries(mapping.columns)) {
    const index = place(column);
    if (index < 0) continue;
    const name = header[index] as string;
    taken.add(index);
    const into = rule.split?.fields ?? rule.fields ?? [];
    if (into.length === 0) ignored.push(name);
    if (rule.values !== undefined) {
      hints.set(name, `or give it a value under ${quoted(column, 40)} in ${mapping.file}`);
    }
    const fill = blankFill(into, rule, mapping);
    blanks.push(...(fill ?? []));
    const changed = changeOf(rule, { keepBlank: fill !== undefined });
    if (rule.split === undefined && changed === undefined) {
      for (const field of into) {
        // A mapping that lists values defines itself what they mean.
        mapped.push({
          index,
          name,
          field,
          ...(field === 'is_active' && isContrary(name) ? { contrary: true } : {}),
        });
      }
      continue;
    }
    const { split } = rule;
    const value = changed ?? asItIs;
    if (split === undefined) steps.push((cells) => cells.push(value(cells[index] as string)));
    else
      steps.push((cells, findings) =>
        pushParts(cells, value(cells[index] as string), { split, name, findings }),
      );
    for (const field of into) mapped.push({ index: split === undefined ? width : width++, name, field });
    if (split === undefined) width++;
  }

  for (const { field, columns, with: between, strip, else: otherwise } of mapping.join) {
    // Optional columns that the file lacks; if it lacks all of them, the field is absent.
    const parts = columns.map(place).filter((index) => index >= 0);
    const others = otherwise.map(place).filter((index) => index >= 0);
    if (parts.length + others.length === 0) continue;
    for (const index of [...parts, ...others]) taken.add(index);
    const value = changeOf({ strip }) ?? asItIs;
    const joined = (cells: string[], places: number[]): string =>
      places
        .map((index) => value(cells[index] as string).trim())
        .filter((cell) => cell !== '')
        .join(between);
    steps.push((cells) => cells.push(joined(cells, parts) || joined(cells, others)));
    mapped.push({ index: width++, name: joinedName(header, parts, others), field });
  }

  const skipped = mapping.skip.flatMap((rule) => conditionOf(rule, place) ?? []);
  // Rows of a kind that is recognised by a column which the file lacks do not occur.
  const rows = mapping.rows.flatMap(({ when, ...rule }) => {
    const matches = when === undefined ? undefined : conditionOf(when, place);
    return when !== undefined && matches === undefined ? [] : [{ ...rule, matches }];
  });
  const parts = findParts({ ...mapping, rows }, { header, place });
  for (const { column } of columnsOfParts(mapping)) taken.add(place(column));
  for (const column of [mapping.id, ...mapping.rows.flatMap(({ of }) => Object.values(of))]) {
    if (column !== undefined) taken.add(place(column));
  }
  const conditions = [...mapping.skip, ...mapping.rows.flatMap(({ when }) => when ?? [])];

  return {
    mapped,
    taken,
    ignored,
    deciding: new Set(conditions.map(({ column }) => place(column))),
    blanks,
    parts,
    hintFor: (column) => hints.get(column),
    addConstant(value) {
      steps.push((cells) => cells.push(value));
      return width++;
    },
    leaveOutWithoutEmail(email, contact) {
      if (mapping.contact_without_email === 'reject') return;
      const person = contact.find(({ field }) => field === 'contact_name')?.index;
      if (person !== undefined) {
        steps.push((cells, _findings, warnings) => {
          const [name, address] = [(cells[person] as string).trim(), (cells[email] as string).trim()];
          if (address === '' && name !== '')
            warnings.push(contactLeftOut(name, header[person] ?? 'contact_name'));
        });
      }
      for (const column of contact) {
        const { index } = column;
        steps.push((cells) =>
          cells.push((cells[email] as string).trim() === '' ? '' : (cells[index] as string)),
        );
        column.index = width++;
      }
    },
    transform() {
      if (steps.length === 0 && skipped.length === 0) return undefined;
      const transform: Transform = {
        findings: [],
        warnings: [],
        apply(cells) {
          if (transform.warnings.length > 0) transform.warnings = [];
          if (transform.findings.length > 0) transform.findings = [];
          if (skipped.some((matches) => matches(cells))) return undefined;
          if (steps.length === 0) return cells;
          const made = [...cells];
          for (const step of steps) step(made, transform.findings, transform.warnings);
          return made;
        },
      };
      return transform;
    },
  };
}

function joinedName(header: string[], parts: number[], others: number[]): string {
  return (parts.length > 0 ? parts : others).map((index) => header[index] as string).join(' + ');
}

/** A contact needs an email address: a person without one is omitted, and the run reports it. */
export function contactLeftOut(name: string, column: string): Finding {
  return {
    column,
    value: name,
    problem: { code: 'contact_left_out', message: `${quoted(name)} has no email address and is left out` },
  };
}

import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { FieldName } from '../../model/fields.ts';
import { quoted } from '../../model/printable.ts';
import { problem } from '../../model/problem.ts';
import type { Finding } from '../finding.ts';
import { isContrary } from './column-synonyms.ts';
import { blankFill } from './fills.ts';
import { knownSystem } from './known-systems.ts';
import type { ColumnRule, ConditionRule, Mapping } from './mapping.ts';
import type { Parts } from './mapping-parts.ts';
import { columnsOfParts, columnsToTie, findParts } from './mapping-parts.ts';

/** A mapping held against the header of a file. */
export interface AppliedMapping {
  /** Where each field is read: a column of the file, or behind them a cell that `transform` makes. */
  mapped: { index: number; name: string; field: FieldName; contrary?: boolean }[];
  /** Places of the file's columns that the mapping has dealt with, those it ignores included. */
  taken: Set<number>;
  /** The columns that it ignores. */
  ignored: string[];
  /** Adds a cell with always the same value; returns where it will stand. */
  addConstant(value: string): number;
  /** What it gives blank cells of some fields, for new customers and contacts. */
  blanks: [FieldName, string][];
  /** Where the mapping wants it, reads the columns of `contact` as blank in rows whose cell `email` is blank. */
  leaveOutWithoutEmail(email: number, contact: { index: number; field: FieldName }[]): void;
  /** What it takes from rows beside their customers. */
  parts: Parts | undefined;
  /** To be asked for last; undefined when every cell is read as it stands. */
  transform(): Transform | undefined;
  /** What may help with a value of this column that was refused. */
  hintFor(column: string): string | undefined;
}

/** What is done to a record before it is judged. */
export interface Transform {
  /** The record's cells, with those that were made of them behind; undefined for a record to be skipped. */
  apply(cells: string[]): string[] | undefined;
  /** What was wrong with the last record. */
  findings: Finding[];
  /** What was left out of it. */
  warnings: Finding[];
}

type Step = (cells: string[], findings: Finding[], warnings: Finding[]) => void;

/**
 * Finds the columns that a mapping speaks of. Throws `mapping_mismatch` when they are not those of the file, which
 * is then not the file that the mapping was written for, and `duplicate_column` when one of them is there twice.
 */
export function applyMapping(header: string[], mapping: Mapping): AppliedMapping {
  const names = header.map(plain);
  const place = findColumns(names, mapping);
  refuseOtherColumns(names, mapping, place);
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
        // A mapping that gives values says itself what they mean.
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
    // Optional columns that the file lacks; where it lacks all of them, it says nothing of the field.
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
  // Of a kind that is told by a column that the file lacks, it has no rows.
  const rows = mapping.rows.flatMap(({ when, ...rule }) => {
    const matches = when === undefined ? undefined : conditionOf(when, place);
    return when !== undefined && matches === undefined ? [] : [{ ...rule, matches }];
  });
  const parts = findParts({ ...mapping, rows }, { header, place });
  for (const { column } of columnsOfParts(mapping)) taken.add(place(column));
  for (const column of [mapping.id, ...mapping.rows.flatMap(({ of }) => Object.values(of))]) {
    if (column !== undefined) taken.add(place(column));
  }

  return {
    mapped,
    taken,
    ignored,
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

/** A contact needs an email address: a person without one is left out, and the run reports it. */
export function contactLeftOut(name: string, column: string): Finding {
  return {
    column,
    value: name,
    problem: { code: 'contact_left_out', message: `${quoted(name)} has no email address and is left out` },
  };
}

/** Where the file has a column that the mapping speaks of: by its own name or the first other one; -1 for nowhere. */
function findColumns(names: string[], mapping: Mapping): (column: string) => number {
  const others = new Map(Object.entries(mapping.names).map(([column, more]) => [plain(column), more]));
  return (column) => {
    const called = [column, ...(others.get(plain(column)) ?? [])].map(plain);
    const found = called.find((name) => names.includes(name));
    return found === undefined ? -1 : names.indexOf(found);
  };
}

/** Whether a record is of the rows that a rule is about; undefined where the file lacks the column. */
function conditionOf(
  { column, equals, not_equals: others, starts_with: beginnings = [] }: ConditionRule,
  place: (column: string) => number,
): ((cells: string[]) => boolean) | undefined {
  const index = place(column);
  if (index < 0) return undefined;
  return (cells) => {
    const cell = (cells[index] as string).trim();
    if (equals !== undefined) return equals.includes(cell);
    return others === undefined
      ? beginnings.some((beginning) => cell.startsWith(beginning))
      : !others.includes(cell);
  };
}

function joinedName(header: string[], parts: number[], others: number[]): string {
  return (parts.length > 0 ? parts : others).map((index) => header[index] as string).join(' + ');
}

/** Columns that begin with `_` are of no account: a rejects file has some that its source had not. */
function refuseOtherColumns(names: string[], mapping: Mapping, place: (column: string) => number): void {
  const dispensable = new Set(mapping.optional.map(plain));
  const spokenOf = [
    ...Object.entries(mapping.columns).flatMap(([column, { optional }]) => (optional ? [] : [column])),
    ...mapping.join.flatMap(({ columns, else: otherwise }) => [...columns, ...otherwise]),
    ...mapping.skip.map(({ column }) => column),
    ...columnsOfParts(mapping).map(({ column }) => column),
    ...mapping.rows.flatMap(({ when }) => when?.column ?? []),
    ...columnsToTie(mapping, place),
  ].map(plain);
  const needed = spokenOf.filter((column) => !dispensable.has(column) && place(column) < 0);
  const { expects } = mapping;
  const fresh = expects === undefined ? [] : without(names, expects.map(plain));
  const gone = without([...new Set([...(expects ?? []).map(plain), ...needed])], names);
  if (fresh.length > 0 || gone.length > 0) {
    const changes = [
      ...(gone.length > 0 ? [`missing: ${list(gone)}`] : []),
      ...(fresh.length > 0 ? [`new: ${list(fresh)}`] : []),
    ];
    throw new Failure('mapping_mismatch', `${mapping.file} does not fit this file: ${changes.join('; ')}`, {
      hint:
        knownSystem(mapping.file) !== undefined
          ? advice`docs/sources/${mapping.file}.md says what to export; to change the mapping: ${tool('mappings', 'show', mapping.file)} > my.yaml`
          : expects === undefined
            ? `is it the right mapping? Mark a column that may be missing with optional: true`
            : `look at the file, then bring columns and expects in ${mapping.file} up to date`,
    });
  }
  const spoken = new Set(
    [...Object.keys(mapping.columns), ...spokenOf].flatMap((column) => names[place(column)] ?? []),
  );
  const twice = names.find((name, index) => spoken.has(name) && names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Failure(
      'duplicate_column',
      `two columns are named ${quoted(twice)}, which ${mapping.file} maps`,
      {
        hint: 'rename the one that you do not need',
      },
    );
  }
}

/** Those of `names` that `others` has not, or has fewer times. */
function without(names: string[], others: string[]): string[] {
  const left = new Map<string, number>();
  for (const name of others) left.set(name, (left.get(name) ?? 0) + 1);
  return names.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0 && !name.startsWith('_');
  });
}

function list(names: string[]): string {
  const shown = names.slice(0, 8).map((name) => quoted(name, 40));
  return shown.join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
}

const asItIs = (cell: string) => cell;

function changeOf(
  { strip, values }: Pick<ColumnRule, 'strip' | 'values'>,
  { keepBlank = false } = {},
): ((cell: string) => string) | undefined {
  if (strip === undefined && values === undefined) return undefined;
  // A Map: a cell may well say "constructor".
  const table = new Map(Object.entries(values ?? {}));
  if (keepBlank) table.delete('');
  return (cell) => {
    const rest = strip !== undefined && cell.startsWith(strip) ? cell.slice(strip.length) : cell;
    return table.size === 0 ? rest : (table.get(rest.trim()) ?? rest);
  };
}

/** Cuts at the first signs, so that the last part may hold more of them (`1010 Wien Mitte`). */
function pushParts(
  cells: string[],
  cell: string,
  { split, name, findings }: { split: NonNullable<ColumnRule['split']>; name: string; findings: Finding[] },
): void {
  const count = split.fields.length;
  const parts: string[] = [];
  let rest = cell.trim();
  while (rest !== '' && parts.length < count - 1) {
    const at = rest.indexOf(split.by);
    if (at < 0) break;
    parts.push(rest.slice(0, at).trim());
    rest = rest.slice(at + split.by.length).trim();
  }
  if (rest !== '' || parts.length > 0) parts.push(rest);
  if (parts.length !== count && parts.length > 0) {
    findings.push({
      column: name,
      value: cell,
      problem: problem(
        'invalid_value',
        `${quoted(cell)} has not the ${count} parts ${split.fields.join(' and ')}, with ${quoted(split.by)} between them`,
      ),
    });
    parts.length = 0;
  }
  for (let part = 0; part < count; part++) cells.push(parts[part] ?? '');
}

/** Header names match to the letter, but for outer space and how an umlaut is composed. */
function plain(name: string): string {
  return name.normalize('NFC').trim();
}

/** The options to read the file with: what the command line says goes before what the mapping says. */
export function readAs<Options extends { delimiter?: string | undefined; encoding?: string | undefined }>(
  options: Options & { mapping?: Mapping | undefined },
): Options {
  const { mapping } = options;
  if (mapping === undefined) return options;
  return {
    ...options,
    delimiter: options.delimiter ?? mapping.delimiter,
    encoding: options.encoding ?? mapping.encoding,
  };
}

import { mayHaveOtherForm } from '../../model/email-key.ts';
import { fields } from '../../model/fields.ts';
import { findDamagedPostalCode } from '../../model/postal-code.ts';
import type { Problem } from '../../model/problem.ts';
import type { StagedColumn } from '../../store/merge/staging.ts';
import type { Columns } from '../columns/columns.ts';
import type { Finding, Judgement } from '../finding.ts';
import { decodingProblem } from './decoding-problem.ts';
import { createLanguageWatch } from './language-watch.ts';
import type { ReadValues } from './read-values.ts';
import { createReadValues } from './read-values.ts';
import type { Slot } from './slots.ts';
import { addressesOf, slotsOf } from './slots.ts';
import { createStagedLine } from './staged-line.ts';

/**
 * What was found in the cells of one record: valid records have no errors. The judge reuses the object for
 * the next record.
 */
export interface JudgedCells extends Judgement {
  /** Only for records without errors; '' if blank. */
  erpNumber: string;
  hasContact: boolean;
  /** '' if blank. */
  contactEmail: string;
  /** A blank `is_active` cell, which means no. */
  blankActive: boolean;
  /** An `is_active` cell that is not blank, in any row. */
  activeSaid: boolean;
}

/**
 * Judges records by the model's rules and turns valid ones into lines for COPY (PostgreSQL’s text format: tab
 * between values, \\ \n \r \t escaped; a blank value is null, so COPY must use the empty text as null).
 */
export interface Judge {
  /** The staging columns that `copyLine` has values for, in its order. */
  stagedColumns: StagedColumn[];
  judge(this: void, cells: string[]): JudgedCells;
  /** The last accepted row, as a line for COPY. */
  copyLine: (row: number, line: number) => string;
  /**
   * The ERP number of the last judged row, rejected or not; undefined if it, or one of `more`, is invalid in
   * that row.
   */
  readableNumber(this: void, more: Finding[]): string | undefined;
  /** To be called for a row that is finally accepted, with the cells that `judge` was given. */
  noteReadings(cells: string[]): void;
  /** The values of the rows so far that were recognised without being codes. */
  readValues: ReadValues;
  /** Warnings about the file's languages as a whole; to be called last. */
  languageDoubt(this: void): Finding | undefined;
  /** Whether any email so far may have another form (`model/email-key.ts`). */
  hasOtherForms(this: void): boolean;
}

/**
 * Compiles a judge for the columns of one file: everything that does not change from row to row is decided
 * here.
 */
export function createJudge(
  columns: Pick<Columns, 'mapped' | 'fills' | 'id' | 'parts'>,
  options: {
    blank: 'clear' | 'keep';
    only?: 'create' | 'update' | undefined;
    encoding?: string | undefined;
    /** Accepts only codes: no names of countries, languages and currencies. */
    strictValues?: boolean | undefined;
    /** Where readings are collected; its own collection by default. */
    readValues?: ReadValues;
  },
): Judge {
  const { blank, only, encoding = 'UTF-8', strictValues = false } = options;
  const slots = slotsOf(columns, { strictValues });
  const slotOf = (field: Slot['key']) => slots.findIndex(({ key }) => key === field);
  const addresses = addressesOf(slots);
  const postalPairs = addresses.flatMap(({ parts }) => {
    const postalCode = parts.find(({ part }) => part === 'postal_code')?.slot;
    const country = parts.find(({ part }) => part === 'country')?.slot;
    return postalCode === undefined || country === undefined ? [] : [{ postalCode, country }];
  });
  const keepsRequired = only === 'update' && blank === 'keep';
  const needsValue = slots.map(
    ({ field }) => field.required && columns.fills[field.name] === undefined && !keepsRequired,
  );
  const erpSlot = slotOf('erp_customer_number');
  const contactEmailSlot = slotOf('contact_email');
  const contactSlots = slots.flatMap(({ key }, slot) =>
    key.startsWith('contact_') && key !== 'contact_email' ? [slot] : [],
  );
  const warnSlots = slots.flatMap(({ field }, slot) => (field.warn === undefined ? [] : [slot]));
  const codeSlots = slots.flatMap(({ field }, slot) => (field.parseCode === undefined ? [] : [slot]));
  const languageSlot = slotOf('default_language');
  const emailSlots = [slotOf('email'), contactEmailSlot].filter((slot) => slot >= 0);
  let otherForms = false;
  const { readValues = createReadValues() } = options;
  const languages = createLanguageWatch();
  const values = slots.map(() => '');
  const staged = createStagedLine({ slots, addresses, values });
  const judged: JudgedCells = {
    errors: [],
    warnings: [],
    erpNumber: '',
    hasContact: false,
    contactEmail: '',
    blankActive: false,
    activeSaid: false,
  };
  const activeSlot = slotOf('is_active');

  function fail(slot: Slot, cell: string | null, found: Problem): void {
    judged.errors.push({ column: slot.name, value: cell, problem: found });
  }

  function isWrong(slot: number): boolean {
    return judged.errors.some(({ column }) => column === slots[slot]?.name);
  }

  function judgeCells(cells: string[]): void {
    for (let slot = 0; slot < slots.length; slot++) {
      const { index, parse } = slots[slot] as Slot;
      const cell = cells[index] as string;
      const value = parse(cell);
      if (typeof value !== 'string') {
        values[slot] = '';
        fail(slots[slot] as Slot, cell, decodingProblem(cell, encoding) ?? value);
      } else {
        values[slot] = value;
        if (value === '' && needsValue[slot] === true) {
          fail(slots[slot] as Slot, null, (slots[slot] as Slot).field.missing as Problem);
        }
      }
    }
    if (
      contactEmailSlot >= 0 &&
      values[contactEmailSlot] === '' &&
      !isWrong(contactEmailSlot) &&
      contactSlots.some((slot) => (values[slot] !== '' && values[slot] !== 'false') || isWrong(slot))
    ) {
      fail(slots[contactEmailSlot] as Slot, null, fields.contact_email.missing);
    }
    for (const { postalCode, country } of postalPairs) {
      const damaged = findDamagedPostalCode(values[postalCode] as string, values[country] as string);
      if (damaged !== undefined) {
        const slot = slots[postalCode] as Slot;
        fail(slot, cells[slot.index] as string, damaged);
      }
    }
    for (const slot of warnSlots) {
      const { field, name } = slots[slot] as Slot;
      const value = values[slot] as string;
      const doubt = value === '' ? undefined : field.warn?.(value);
      if (doubt !== undefined) judged.warnings.push({ column: name, value, problem: doubt });
    }
  }

  function judge(cells: string[]): JudgedCells {
    if (judged.errors.length > 0) judged.errors = [];
    if (judged.warnings.length > 0) judged.warnings = [];
    judgeCells(cells);
    if (activeSlot >= 0)
      judged.activeSaid = (cells[(slots[activeSlot] as Slot).index] as string).trim() !== '';
    judged.contactEmail = contactEmailSlot < 0 ? '' : (values[contactEmailSlot] as string);
    if (languageSlot >= 0) languages.look(cells[(slots[languageSlot] as Slot).index] as string);
    if (judged.errors.length > 0) return judged;
    if (activeSlot >= 0 && blank === 'clear' && values[activeSlot] === '') {
      values[activeSlot] = 'false';
      judged.blankActive = true;
    } else {
      judged.blankActive = false;
    }
    judged.erpNumber = erpSlot < 0 ? '' : (values[erpSlot] as string);
    judged.hasContact = judged.contactEmail !== '';
    for (const slot of emailSlots) otherForms ||= mayHaveOtherForm(values[slot] as string);
    return judged;
  }

  function readableNumber(more: Finding[]): string | undefined {
    if (erpSlot < 0) return '';
    const { name } = slots[erpSlot] as Slot;
    if (isWrong(erpSlot) || more.some(({ column }) => column === name)) return undefined;
    return values[erpSlot];
  }

  function noteReadings(cells: string[]): void {
    for (const slot of codeSlots) {
      const { index, name, field } = slots[slot] as Slot;
      const cell = cells[index] as string;
      if (cell !== values[slot])
        readValues.note({ field, column: name, cell, stored: values[slot] as string });
    }
  }

  return {
    stagedColumns: staged.columns,
    judge,
    copyLine: staged.copyLine,
    readableNumber,
    noteReadings,
    readValues,
    languageDoubt: () => languages.doubt(languageSlot < 0 ? '' : (slots[languageSlot] as Slot).name),
    hasOtherForms: () => otherForms,
  };
}

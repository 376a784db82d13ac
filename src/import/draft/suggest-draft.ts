import type { FieldName } from '../../model/fields.ts';
import { fieldNames } from '../../model/fields.ts';
import { isContrary, isSecondAddress, synonymKey } from '../columns/column-synonyms.ts';
import type { ColumnValues } from '../columns/column-values.ts';
import type { Draft } from './draft.ts';
import {
  emptyDraft,
  fieldsFrom,
  isFilled,
  isMappable,
  plainName,
  setColumn,
  setJoin,
  settleContacts,
} from './draft.ts';
import type { Clue, Part } from './name-clues.ts';
import { clueOf, partOfName } from './name-clues.ts';
import { cluesOfValues, holdsPostalCodeAndCity, suits, unfit } from './value-clues.ts';

/** A column that a mapping can name, with the clues from its name and its values. */
export interface Candidate {
  name: string;
  values: ColumnValues;
  /** The possible fields, the likeliest first. */
  clues: Clue[];
  part: Part | undefined;
  contrary: boolean;
}

/** The importance of columns: those that identify a customer come first. */
export const byWeight: FieldName[] = [
  'name',
  'erp_customer_number',
  'default_currency',
  'default_language',
  'email',
  ...fieldNames.filter((field) => field.startsWith('billing_')),
  'is_active',
  'contact_email',
  ...fieldNames.filter((field) => field.startsWith('contact_') && field !== 'contact_email'),
  ...fieldNames.filter((field) => field.startsWith('shipping_')),
  'notes',
];

export interface Suggestion {
  draft: Draft;
  candidates: Candidate[];
  /** Columns that are not read because something is missing or wrong, each with the reason. */
  leftOut: { column: string; why: string }[];
}

/**
 * The likeliest meaning of a file's columns, from their names and values. The result is consistent: each
 * field is filled once, and contacts have an email address.
 */
export function suggestDraft(header: string[], values: ColumnValues[]): Suggestion {
  const candidates = header.flatMap((name, index) =>
    isMappable(header, index) ? [candidateOf(name, values[index] as ColumnValues, header)] : [],
  );
  const draft = emptyDraft();
  const leftOut: Suggestion['leftOut'] = [];
  takeNames(draft, candidates);
  takeSplit(draft, candidates);
  for (const field of byWeight) {
    if (!isFilled(draft, field)) takeBest(draft, { field, candidates, leftOut });
  }
  takeJoined(draft, candidates);
  for (const column of settleContacts(draft, { named: true })) {
    leftOut.push({ column, why: 'no column is the email address of the contact' });
  }
  return { draft, candidates, leftOut };
}

function candidateOf(header: string, values: ColumnValues, all: string[]): Candidate {
  const name = plainName(header);
  const ofSecond = all.some(isSecondAddress) && /\b2$/.test(synonymKey(name).replace(/2$/, ' 2'));
  const contrary = isContrary(name);
  const part = ofSecond ? undefined : partOfName(name);
  const said: Clue | undefined = contrary ? { field: 'is_active', strength: 'sure' } : clueOf(name);
  // `Customer` is the name in one system and the number in another: the values decide.
  const numbered = said?.field === 'name' && said.strength === 'likely' && !suits('name', values);
  const own: Clue | undefined = numbered ? { field: 'erp_customer_number', strength: 'likely' } : said;
  // A column's name takes precedence over what its values look like.
  const looks = cluesOfValues(values).flatMap((clue): Clue[] => {
    if (own === undefined) return [clue];
    return clue.strength === 'weak' || clue.field === own.field ? [] : [{ ...clue, strength: 'weak' }];
  });
  const clues = ofSecond ? [] : [...(own === undefined ? [] : [own]), ...looks];
  return { name, values, clues, part, contrary };
}

function partsOf(candidates: Candidate[], part: Part): Candidate[] {
  return candidates.filter((candidate) => candidate.part === part && candidate.values.filled > 0);
}

/** The company, whose name may be in several columns, and the person if there is no company. */
function takeNames(draft: Draft, candidates: Candidate[]): void {
  const [first] = partsOf(candidates, 'first_name');
  const lastNames = partsOf(candidates, 'last_name');
  // `Firma, Vorname, Name`: next to a company and a first name, the name is the last name.
  const names = namesAmong(candidates);
  const otherName = names.find(({ name }) => synonymKey(name) !== 'name');
  const own = candidates.find(({ name }) => synonymKey(name) === 'name');
  const personal = first !== undefined && lastNames.length === 0 && own !== undefined;
  const last = personal ? own : lastNames[0];
  const company = personal ? otherName : names[0];
  const person = first === undefined || last === undefined ? [] : [first.name, last.name];
  const more = partsOf(candidates, 'name_more').map(({ name }) => name);
  if (company === undefined) {
    if (person.length > 0) setJoin(draft, { field: 'name', columns: person, with: ' ', else: [] });
    return;
  }
  const alone = person.length === 0 || company.values.blank === 0;
  if (more.length === 0 && alone) setColumn(draft, company.name, { fields: ['name'] });
  else {
    const columns = [company.name, ...more];
    setJoin(draft, { field: 'name', columns, with: ' ', else: alone ? [] : person });
  }
  const named = candidates.some(
    ({ clues: [clue] }) => clue?.field === 'contact_name' && clue.strength === 'sure',
  );
  if (person.length > 0 && !named) {
    setJoin(draft, { field: 'contact_name', columns: person, with: ' ', else: [] });
  }
}

/** Columns that may be the customer's name, the likeliest first. */
function namesAmong(candidates: Candidate[]): Candidate[] {
  const rank = ({ name, clues }: Candidate): number => {
    const clue = clues.find(({ field }) => field === 'name');
    if (clue?.strength === 'sure') return 0;
    return /matchcode|suchbegriff|kurz|search/.test(synonymKey(name)) ? 2 : 1;
  };
  return candidates
    .filter(({ clues, part }) => part === undefined && clues.some(({ field }) => field === 'name'))
    .filter(({ clues, values }) => {
      const strength = clues.find(({ field }) => field === 'name')?.strength;
      return strength === 'sure' ? values.filled > 0 : strength === 'likely' && suits('name', values);
    })
    .toSorted((one, other) => rank(one) - rank(other) || other.values.filled - one.values.filled);
}

/** `PLZ Ort` in one column, if no other column contains either. */
function takeSplit(draft: Draft, candidates: Candidate[]): void {
  const [column] = partsOf(candidates, 'postal_code_and_city');
  const apart = candidates.some(({ clues: [clue] }) => clue?.field === 'billing_postal_code');
  if (column === undefined || apart || !holdsPostalCodeAndCity(column.values)) return;
  setColumn(draft, column.name, { fields: ['billing_postal_code', 'billing_city'], splitBy: ' ' });
}

/** The best column for a field: by an unambiguous name, then by a likely name whose values fit. */
function takeBest(
  draft: Draft,
  work: { field: FieldName; candidates: Candidate[]; leftOut: Suggestion['leftOut'] },
): void {
  const { field, candidates, leftOut } = work;
  const strengthOf = ({ clues }: Candidate) => clues.find((clue) => clue.field === field)?.strength;
  const free = candidates.filter(
    ({ name, part }) => part === undefined && fieldsFrom(draft, name).length === 0,
  );
  const sure = free.filter((candidate) => strengthOf(candidate) === 'sure');
  const bad = sure.filter(({ values, contrary }) => unfit(field, values, contrary));
  for (const { name, values } of bad) {
    leftOut.push({
      column: name,
      why: values.filled === 0 ? 'it is blank in every row' : `most of its values are not valid for ${field}`,
    });
  }
  const fit = sure.filter((candidate) => !bad.includes(candidate));
  // Two columns that state whether a customer is blocked: it is unclear which counts.
  if (field === 'is_active' && fit.filter(({ contrary }) => contrary).length > 1) return;
  const [best] = [
    ...fit.toSorted((one, other) => Number(other.values.filled > 0) - Number(one.values.filled > 0)),
    ...free
      .filter((candidate) => strengthOf(candidate) === 'likely' && suits(field, candidate.values))
      // A number that people use takes precedence over an id.
      .toSorted((one, other) => Number(isId(one)) - Number(isId(other))),
  ];
  if (best === undefined) return;
  const apostrophes =
    best.values.filled > 0 && [...best.values.counts.keys()].every((value) => value.startsWith("'"));
  setColumn(draft, best.name, { fields: [field], ...(apostrophes ? { strip: "'" } : {}) });
}

function isId({ name }: Candidate): boolean {
  return synonymKey(name).endsWith('id');
}

/** A house number goes after its street. */
function takeJoined(draft: Draft, candidates: Candidate[]): void {
  for (const side of ['billing', 'shipping'] as const) {
    const [number] = partsOf(candidates, `${side}_house_number`);
    const street = [...draft.columns].find(([, { fields }]) => fields.includes(`${side}_street`))?.[0];
    if (number === undefined || street === undefined) continue;
    setJoin(draft, { field: `${side}_street`, columns: [street, number.name], with: ' ', else: [] });
  }
}

import { quoted } from '../../model/printable.ts';
import type { Problem } from '../../model/problem.ts';
import { problem } from '../../model/problem.ts';

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The id of an existing customer, or '' for a row that has none. */
export function parseCustomerId(text: string): string | Problem {
  const id = text.trim().toLowerCase();
  if (id === '' || uuid.test(id)) return id;
  return problem(
    'invalid_value',
    `${quoted(text)} is not the id of a customer`,
    'restore what the export wrote; a new customer has no id',
  );
}

/**
 * Every problem that validation can report, with its meaning. The codes are part of the public contract (JSON
 * output, `_code` in a rejects file): add, never rename. The field is named beside the code, so one code
 * serves all fields.
 */
export const problemCodes = {
  name_required: 'the name is empty or missing',
  currency_required: 'the default currency is empty or missing',
  language_required: 'the default language is empty or missing',
  contact_email_required: 'a contact has no email address',
  too_long: 'more characters than the field holds (Unicode characters, after trimming)',
  control_character: 'a control character, or a line break where only one line belongs',
  lone_surrogate: 'half of a UTF-16 pair: the text was cut or broken before it came here',
  replacement_character: 'U+FFFD in place of a character that was lost when the file was made',
  decoded_twice: 'UTF-8 that was read as Windows-1252 or Latin-1, such as MÃ¼ller for Müller',
  decoded_wrongly: 'text that was read in another encoding before it came here, such as M√ºller for Müller',
  escaped_text: 'escapes of HTML, JSON or a workbook, such as M&uuml;ller for Müller',
  lost_letter: 'a warning: a question mark among letters, where a letter was lost',
  spreadsheet_damage: 'a spreadsheet turned the number into something else, such as 1,23E+11',
  placeholder: 'a word for no value, such as NULL, n/a or 0, in place of one',
  invalid_currency: 'not a currency code of ISO 4217',
  withdrawn_currency: 'a warning: the currency is no longer in use',
  invalid_language: 'not a language tag of BCP 47, or one with an unregistered part',
  countries_as_languages: 'a warning: a column of languages has nothing but codes of countries',
  invalid_country: 'not a two-letter country code of ISO 3166-1',
  invalid_email: 'not an email address',
  invalid_encoding: 'a byte that the file’s encoding leaves undefined: the row comes from another encoding',
  invalid_boolean: 'neither true nor false in any of the accepted words',
  invalid_value: 'not of the kind that the field takes',
  invalid_slug: 'not 2 to 100 lower-case letters, digits and hyphens',
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** What is wrong with one value: what was found and, if known, the likely fix. */
export interface Problem {
  code: ProblemCode;
  message: string;
  hint?: string;
  /** The value that was probably meant; the hint suggests it. */
  meant?: string;
}

export function problem(code: ProblemCode, message: string, fix?: string | { meant: string }): Problem {
  if (fix === undefined) return { code, message };
  if (typeof fix === 'string') return { code, message, hint: fix };
  return { code, message, hint: `did you mean ${fix.meant}?`, meant: fix.meant };
}

/** `default_currency: "EURO" is not an ISO 4217 code; did you mean EUR?` */
export function describeProblem(field: string, { message, hint }: Problem): string {
  return hint === undefined ? `${field}: ${message}` : `${field}: ${message}; ${hint}`;
}

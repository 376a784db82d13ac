import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import type { TextRule } from './text.ts';
import { parseText } from './text.ts';

/**
 * What programs write for “no value”: psql and MySQL (\N), SQL Server (NULL), JavaScript, Python, R … No
 * field accepts any of these as its text. Case matters: Null is a family name, Nan a province of Thailand,
 * None a town in Italy.
 */
const ofPrograms = /^(?:\\N|NULL|null|\(null\)|<null>|\[NULL\]|undefined|NaN|nan|#NULL|<NA>|NaT)$/;

/** What people and programs write for a number that is not known yet. */
const ofNumbers = new RegExp(
  String.raw`^(?:[-–—_.?*/xX]+|#{1,3}|0+|(?:n|k)\.? ?/? ?a\.?|n\.?/?v\.?|nil|none|null|leer|blank|empty|vide|vuoto|vac[ií]o` +
    String.raw`|neu|new|nouveau|nuovo|nuevo|neukunde|new customer|unbekannt|unknown|inconnu|sconosciuto|offen|tba|tbd` +
    String.raw`|kein|keine|keiner|ohne|aucun|nessuno|entf(?:ällt|\.)?|fehlt|missing|undefined|nan|nicht vorhanden` +
    String.raw`|folgt|wird vergeben|to be defined|[(<[](?:leer|blank|empty|vide|null|none|neu|new|unbekannt|unknown|ohne|keine?)[)>\]])$`,
  'iu',
);
/** A name that consists of signs, or is a word for “no name”. */
const ofNames = /^(?:[-–—_.?*/#]+|n\/a|k\. ?A\.)$/i;

/** Most texts begin with a capital followed by small letters: this one test is enough for them. */
const ordinaryName = /^[A-ZÄÖÜ][a-zäöüß]+ /;

/** As `parseText`, but refuses what a program writes for no value. */
export function parseValue(text: string, rule: TextRule): string | Problem {
  const value = parseText(text, rule);
  return typeof value === 'string' ? (findNull(value) ?? value) : value;
}

/** A text that a program wrote where it had no value. */
export function findNull(text: string): Problem | undefined {
  if (text.length > 9 || ordinaryName.test(text) || !ofPrograms.test(text)) return undefined;
  return problem(
    'placeholder',
    `${quoted(text)} is what programs write for a missing value`,
    'leave it blank where there is no value',
  );
}

/** A text that is not an ERP number, and would merge all rows that have it into one customer. */
export function findNumberPlaceholder(text: string): Problem | undefined {
  if (text.length > 20 || /^[1-9]\d*$/.test(text) || !(ofNumbers.test(text) || ofPrograms.test(text)))
    return undefined;
  return problem(
    'placeholder',
    `${quoted(text)} is a placeholder, not an ERP number`,
    'leave it blank if the customer has no number',
  );
}

export function findNamePlaceholder(text: string): Problem | undefined {
  if (text.length > 9) return undefined;
  if (!ofNames.test(text)) return findNull(text);
  return problem(
    'placeholder',
    `${quoted(text)} is a placeholder, not a name`,
    'write the name of the customer',
  );
}

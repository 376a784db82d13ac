import { quoted } from './printable.ts';
import type { Problem } from './problem.ts';
import { problem } from './problem.ts';
import { parseText } from './text.ts';

type Truth = 'true' | 'false';

const codes = truths('true 1 yes ja wahr x', 'false 0 no nein falsch');
/** The same in the short forms and languages of other programs; Access writes -1. */
const words = truths(
  'j y t w -1 on an ein oui vrai sì si vero sí ✓ ✔ ☑',
  'n f off aus non faux falso ☐',
  codes,
);
/** Words for a customer's state: only `is_active` accepts these. */
const states = truths(
  'aktiv active actif attivo activo enabled freigegeben',
  'inaktiv inactive inactif inattivo inactivo nicht-aktiv gesperrt blocked locked bloqué bloccato deaktiviert deactivated disabled',
  words,
);

function truths(yes: string, no: string, others?: Map<string, Truth>): Map<string, Truth> {
  return new Map<string, Truth>([
    ...(others ?? []),
    ...yes.split(' ').map((word) => [word, 'true'] as const),
    ...no.split(' ').map((word) => [word, 'false'] as const),
  ]);
}

/** 'true', 'false', or '' for blank: what blank means differs between fields, so the caller decides. */
export const parseBoolean = (text: string): Truth | '' | Problem => truthOf(text, words);

/** Only the words of the file format. */
export const parseBooleanCode = (text: string): Truth | '' | Problem => truthOf(text, codes);

/** Whether a customer is active: `ja`, `aktiv`, `gesperrt`. */
export const parseActive = (text: string): Truth | '' | Problem => truthOf(text, states);

/**
 * Whether a customer is active, from a column that states the opposite (`Gesperrt`, `Inactive`): `J` is false
 * and blank is true. A word for the customer's state (`aktiv`, `gesperrt`) keeps its meaning, whatever the
 * column's name.
 */
export function parseBlocked(text: string): Truth | Problem {
  const blocked = parseBoolean(text);
  if (blocked === 'true') return 'false';
  if (blocked === 'false' || blocked === '') return 'true';
  const active = parseActive(text);
  return active === '' ? 'true' : active;
}

/** The same for the words of the file format only. */
export function parseBlockedCode(text: string): Truth | Problem {
  const blocked = parseBooleanCode(text);
  if (typeof blocked !== 'string') return blocked;
  return blocked === 'true' ? 'false' : 'true';
}

function truthOf(text: string, known: ReadonlyMap<string, Truth>): Truth | '' | Problem {
  const word = known.get(text);
  if (word !== undefined) return word;
  const trimmed = parseText(text, { max: Infinity });
  if (typeof trimmed !== 'string') return trimmed;
  if (trimmed === '') return '';
  return (
    known.get(trimmed.toLowerCase()) ??
    problem(
      'invalid_boolean',
      `${quoted(trimmed)} is neither true nor false`,
      'write true/false, 1/0, yes/no, ja/nein, wahr/falsch or x',
    )
  );
}

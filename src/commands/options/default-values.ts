import { Failure } from '../../errors.ts';
import type { ColumnDefaults } from '../../import/columns/columns.ts';
import { fields } from '../../model/fields.ts';
import { describeProblem } from '../../model/problem.ts';

/** The values of `--default`, the last one of each field; throws `usage` or `invalid_value`. */
export function parseDefaults(texts: string[]): ColumnDefaults {
  return Object.fromEntries(texts.map(parseDefault));
}

function parseDefault(text: string): [name: 'currency' | 'language', value: string] {
  const [, name, value = ''] = /^(currency|language)=(.*)$/s.exec(text) ?? [];
  if (name !== 'currency' && name !== 'language') {
    throw new Failure('usage', `--default takes currency=… or language=…, not ${JSON.stringify(text)}`, {
      hint: 'such as --default currency=EUR --default language=de-DE',
    });
  }
  const { parse, parseCode = parse, missing } = fields[`default_${name}`];
  const parsed = parseCode(value);
  if (parsed === '') {
    throw new Failure('invalid_value', `--default ${name}= has no value`, { hint: missing?.hint });
  }
  if (typeof parsed === 'string') return [name, parsed];
  throw new Failure(
    'invalid_value',
    describeProblem(`--default ${name}`, { code: parsed.code, message: parsed.message }),
    { hint: parsed.hint },
  );
}

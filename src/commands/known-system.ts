import { advice, tool } from '../advice.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import type { KnownSystem } from '../import/columns/known-systems.ts';
import type { ColumnDefaults } from '../import/columns/columns.ts';
import { fields } from '../model/fields.ts';
import { byColumnNames } from './options/reading-options.ts';
import { askChoice, askValue } from './prompts/ask.ts';

/**
 * A file that a shipped mapping reads, given without one. `given` is the command line as far as it describes
 * the file itself: command, file, org and flags.
 */
export function mappingNeeded(
  { name, title }: KnownSystem,
  { file, given, defaults }: { file: string; given: string[]; defaults: ColumnDefaults },
): Failure {
  const { currency = 'EUR', language = 'de-DE' } = defaults;
  const command = tool(
    ...given,
    '--mapping',
    name,
    '--default',
    `currency=${currency}`,
    '--default',
    `language=${language}`,
  );
  const own =
    defaults.currency === undefined || defaults.language === undefined
      ? ' with your currency and language'
      : '';
  return new Failure(
    'mapping_needed',
    `${file} is an export of ${title}; without its mapping, columns would be lost`,
    { hint: advice`run${own}: ${command}` },
  );
}

/** Asks whether to use the mapping, and for what the file may not contain about a customer. */
export async function askForMapping(
  context: Context,
  { name, title }: KnownSystem,
  { file, defaults }: { file: string; defaults: ColumnDefaults },
): Promise<{ mapping: string; default: ColumnDefaults }> {
  const undone = 'nothing was imported';
  const answer = await askChoice(context, {
    message: `${file} is from ${title}. Use the mapping ${name}?`,
    choices: [
      { name: 'Yes', value: 'yes' },
      { name: 'No, by its column names', value: 'no' },
    ],
    undone,
  });
  if (answer === 'no') return { mapping: byColumnNames, default: defaults };
  const filled = { ...defaults };
  for (const key of ['currency', 'language'] as const) {
    filled[key] ??= await askValue(context, {
      message: `${key === 'currency' ? 'Currency' : 'Language'} if the file does not give one`,
      field: fields[`default_${key}`],
      undone,
    });
  }
  return { mapping: name, default: filled };
}

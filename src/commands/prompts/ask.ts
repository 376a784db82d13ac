import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import type { Field } from '../../model/fields.ts';
import { printable } from '../../model/printable.ts';
import { cutToWidth } from '../../render/text/text-width.ts';

/**
 * Questions on the terminal. The caller has checked with `context.canPrompt()` that questions are possible.
 * Ctrl-C ends the command as `interrupted`, with `undone` for what did not happen ("nothing was changed").
 */
export interface Asking {
  undone: string;
}

/** One of several values. `choices` are shown unchanged. */
export async function askChoice<Value extends string>(
  context: Context,
  {
    message,
    choices,
    first,
    undone,
  }: Asking & {
    message: string;
    choices: { name: string; value: Value }[];
    /** The value for Enter; by default the first. */
    first?: Value | undefined;
  },
): Promise<Value> {
  const { select } = await import('@inquirer/prompts');
  const width = (context.style('stdout').columns ?? 80) - 3;
  const shown = choices.map(({ name, value }) => ({ name: cutToWidth(name, width), value, short: name }));
  const preset = first === undefined ? {} : { default: first };
  return answered(
    select({ message, choices: shown, pageSize: 12, loop: false, ...preset }, context.promptStreams()),
    undone,
  );
}

/** One of many values: typing narrows them down. */
export async function askSearch<Value extends string>(
  context: Context,
  { message, choices, undone }: Asking & { message: string; choices: { name: string; value: Value }[] },
): Promise<Value> {
  const { search } = await import('@inquirer/prompts');
  const source = (text: string | undefined) =>
    choices.filter(({ name }) => name.toLowerCase().includes((text ?? '').trim().toLowerCase()));
  return answered(search({ message, source, pageSize: 12 }, context.promptStreams()), undone);
}

/** Several of the choices, at least one. */
export async function askSeveral<Value extends string>(
  context: Context,
  {
    message,
    choices,
    undone,
  }: Asking & { message: string; choices: { name: string; value: Value; checked?: boolean }[] },
): Promise<Value[]> {
  const { checkbox } = await import('@inquirer/prompts');
  const settings = { message, choices, pageSize: 12, loop: false, required: true };
  return answered(checkbox(settings, context.promptStreams()), undone);
}

/** A text as it is typed, not trimmed. */
export async function askText(
  context: Context,
  { message, current, undone }: Asking & { message: string; current?: string },
): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  const filled = current === undefined ? {} : { default: current, prefill: 'editable' as const };
  return answered(input({ message, ...filled }, context.promptStreams()), undone);
}

/** A field's value, asked until the field's own rule accepts it; as it is stored, '' for blank. */
export async function askValue(
  context: Context,
  {
    message,
    field,
    required = true,
    current,
    undone,
  }: Asking & {
    message: string;
    field: Pick<Field, 'parse' | 'missing'>;
    required?: boolean;
    /** A prefilled value to correct; omitted if it does not fit on one line unchanged. */
    current?: string | undefined;
  },
): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  const validate = (text: string): true | string => {
    const parsed = field.parse(text);
    if (typeof parsed !== 'string') {
      return printable([parsed.message, parsed.hint].filter(Boolean).join('; '));
    }
    return parsed === '' && required && field.missing !== undefined ? field.missing.message : true;
  };
  const fits = current !== undefined && printable(current) === current;
  const filled = fits ? { default: current, prefill: 'editable' as const } : {};
  const text = await answered(input({ message, validate, ...filled }, context.promptStreams()), undone);
  return field.parse(text) as string;
}

/** To a prompt, Ctrl-C is a key, not a signal. */
async function answered<Answer>(prompt: Promise<Answer>, undone: string): Promise<Answer> {
  return prompt.catch((cause: unknown) => {
    throw new Failure('interrupted', `interrupted: ${undone}`, { cause });
  });
}

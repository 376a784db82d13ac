import { Failure } from '../../errors.ts';
import { nearName } from '../../model/near-name.ts';
import { quoted } from '../../model/printable.ts';

/** For `--clear`, which is given several times, or once with names separated by commas. */
export function collectNames(text: string, names: string[] = []): string[] {
  return [...names, ...text.split(',')];
}

/**
 * The fields to clear, by their own names; hyphens are accepted as underscores. Throws `usage` for an unknown
 * field, and `invalid_value` for one that cannot be empty, with the reason from `needed`.
 */
export function clearedFields<Name extends string>(
  names: string[],
  { clearable, needed }: { clearable: readonly Name[]; needed: Readonly<Record<string, string>> },
): Name[] {
  return names.map((text) => {
    const name = text.trim().toLowerCase().replaceAll('-', '_');
    if (Object.hasOwn(needed, name)) {
      throw new Failure('invalid_value', `${name} cannot be cleared: ${needed[name]}`);
    }
    const found = clearable.find((field) => field === name);
    if (found !== undefined) return found;
    const meant = nearName(name, clearable, (field) => field);
    throw new Failure('usage', `unknown field ${quoted(text)} to clear`, {
      hint: meant === undefined ? `known are ${clearable.join(', ')}` : `did you mean ${meant}?`,
    });
  });
}

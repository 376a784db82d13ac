import { printable } from '../../model/printable.ts';

/**
 * A command line that can be pasted: words that a POSIX shell would change are quoted. Characters that a terminal must
 * not see are written out as bash and zsh read them (`$'\u001b'`).
 */
export function renderCommandLine(words: string[]): string {
  return words
    .map((word) => {
      if (/^[\w@%+=:,./-]+$/.test(word)) return word;
      if (printable(word) !== word) return `$'${Array.from(word, escaped).join('')}'`;
      return `'${word.replaceAll("'", String.raw`'\''`)}'`;
    })
    .join(' ');
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (printable(character) === character) return character;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** What the command lines of a text have to be told again, so that they run as this one did. */
export interface TypedWith {
  env: Record<string, string | undefined>;
  options?: { database?: string; profile?: string };
}

/**
 * A text whose command lines can be pasted: by somebody who runs the tool by npx, as from a clone, where the bare name
 * is not found; and about the database that this command was about, which the environment may not name. Other
 * mentions of the name stay, and so do command lines for somebody else.
 */
export function asTyped(text: string, { env, options = {} }: TypedWith): string {
  const name = env['npm_lifecycle_event'] === 'npx' ? 'npx orderflow-customers' : 'orderflow-customers';
  const flags = connectionFlags(options);
  return text.replaceAll(
    /(?<=^|:(?:\x1b\[\d+m)? |[Ss]ee )orderflow-customers (?!of )/gm,
    (_found, at: number) => (/ADMIN[^:\n]*: $/.test(text.slice(0, at)) ? `${name} ` : `${name} ${flags}`),
  );
}

function connectionFlags({ database, profile }: NonNullable<TypedWith['options']>): string {
  const words = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    // It is refused with a password in it, but not before something may be said.
    ...(database === undefined || /\/\/[^/@]*:.*@|password/i.test(database) ? [] : ['--database', database]),
  ];
  return words.length === 0 ? '' : `${renderCommandLine(words)} `;
}

import { printable } from '../model/printable.ts';

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

/**
 * A text whose command lines can be pasted by somebody who runs the tool by npx, as from a clone: there the bare name
 * is not found. Other mentions of the name stay.
 */
export function asTyped(text: string, env: Record<string, string | undefined>): string {
  if (env['npm_lifecycle_event'] !== 'npx') return text;
  return text.replaceAll(
    /(?<=^|:(?:\x1b\[\d+m)? |[Ss]ee )orderflow-customers (?!of )/gm,
    'npx orderflow-customers ',
  );
}

import type { Advice, ToolCommand } from '../../advice.ts';
import { printable } from '../../model/printable.ts';

/**
 * A command line that can be pasted: words that a POSIX shell would change are quoted. Characters that are
 * unsafe on a terminal are escaped as bash and zsh read them (`$'\u001b'`).
 */
export function renderCommandLine(words: readonly string[]): string {
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

/** How the reader of a text runs the tool. */
export interface Invocation {
  /** The tool's name, as a shell finds it. */
  name: string;
  /** The flags that choose the database. */
  flags: string[];
}

const plainInvocation: Invocation = { name: 'orderflow-customers', flags: [] };

/**
 * How this very command was run, so that the next one can be pasted: with npx, as from a clone, where the
 * bare name is not found; and on the same database, which the environment may not name.
 */
export function invocationOf(
  env: Record<string, string | undefined>,
  { database, profile }: { database?: string; profile?: string | undefined },
): Invocation {
  const byNpx = env['npm_lifecycle_event'] === 'npx';
  // A URL with a password is refused, but only after this.
  const secret = database !== undefined && /\/\/[^/@]*:.*@|password/i.test(database);
  return {
    name: byNpx ? `npx ${plainInvocation.name}` : plainInvocation.name,
    flags: [
      ...(profile === undefined ? [] : ['--profile', profile]),
      ...(database === undefined || secret ? [] : ['--database', database]),
    ],
  };
}

/** A command as it is typed. Another person's connection is unknown, so their command names no database. */
export function renderCommand(
  { words, byOthers }: ToolCommand,
  { name, flags }: Invocation = plainInvocation,
): string {
  return `${name} ${renderCommandLine(byOthers ? words : [...flags, ...words])}`;
}

/**
 * Advice as text, with commands that can be pasted. In JSON it has no invocation: it is the same wherever it
 * runs.
 */
export function renderAdvice(advice: Advice, invocation?: Invocation): string {
  if (typeof advice === 'string') return advice;
  return advice.map((part) => (typeof part === 'string' ? part : renderCommand(part, invocation))).join('');
}

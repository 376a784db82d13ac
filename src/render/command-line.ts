/** A command line that can be pasted: words that a POSIX shell would change are quoted. */
export function renderCommandLine(words: string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
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

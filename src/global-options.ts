/** The flags that every command takes. */
export interface GlobalOptions {
  database?: string;
  profile?: string;
  /** The command's own `--org`: if a profile lists it, the profile's database is used. */
  org?: string;
  /** Milliseconds; 0 for no limit. Not for imports and migrations. */
  timeout?: number;
  json: boolean;
  quiet: boolean;
  color: 'auto' | 'always' | 'never';
  yes: boolean;
  /** False with `--no-input`: never prompt. */
  input: boolean;
  debug: boolean;
}

export const defaultOptions: GlobalOptions = {
  json: false,
  quiet: false,
  color: 'auto',
  yes: false,
  input: true,
  debug: false,
};

/**
 * The flags that decide how a failure is shown, read before the command line is parsed: a mistyped flag next
 * to `--json` still gets its JSON document.
 */
export function readGlobalFlags(argv: string[]): GlobalOptions {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  const color = flags.includes('--color')
    ? flags[flags.indexOf('--color') + 1]
    : flags.find((flag) => flag.startsWith('--color='))?.slice('--color='.length);
  return {
    ...defaultOptions,
    json: flags.includes('--json'),
    quiet: flags.includes('--quiet'),
    debug: flags.includes('--debug'),
    color: color === 'always' || color === 'never' ? color : 'auto',
  };
}

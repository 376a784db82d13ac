import type { Command } from 'commander';
import { Option } from 'commander';
import { Failure } from '../../errors.ts';
import { ageFor, fileNameFor, timeFor, wholeNumber } from './flag-values.ts';
import { parseAllow, parseGuard } from '../../import/night/guard-flags.ts';
import type { GuardLimit } from '../../import/night/guards.ts';
import type { ImportRequest } from '../../import/import-request.ts';

/** The flags of an import that runs unattended, every night. */
export interface NightOptions {
  source?: string;
  snapshot?: true;
  allow: Map<string, number>;
  guard: Map<string, GuardLimit>;
  expectRows?: number;
  /** Seconds. */
  maxFileAge?: number;
  acceptColumns?: string;
  skipIfUnchanged?: true;
  edits: 'overwrite' | 'keep';
  missingContacts: 'keep' | 'remove';
  /** Milliseconds. */
  settle?: number;
  /** A path. */
  done?: string;
  /** A path. */
  metricsTo?: string;
}

export function addNightOptions(command: Command): Command {
  command
    .optionsGroup('Nightly run:')
    .option('--source <name>', 'system that the file comes from, such as erp', parseSource)
    .option('--snapshot', 'the file has all customers of the source: deactivate those that are missing')
    .addOption(
      new Option(
        '--missing-contacts <what>',
        'contacts that no row of their customer names: keep them, or remove them',
      )
        .choices(['keep', 'remove'])
        .default('keep'),
    )
    .addOption(
      new Option(
        '--edits <what>',
        'values that people have edited: overwrite them, or keep them while the file’s value stays the same',
      )
        .choices(['overwrite', 'keep'])
        .default('overwrite'),
    )
    .option(
      '--skip-if-unchanged',
      'end at once if the file, the flags and all customers are as after the last import of the source',
    )
    .option(
      '--metrics-to <file>',
      'write the result for Prometheus (textfile collector)',
      fileNameFor('--metrics-to'),
    );
  return command
    .optionsGroup('Nightly checks:')
    .option(
      '--allow <name=n>',
      'accept exactly this count over a limit: deactivations=50, cleared.notes=120, changed.name=80, rows=800',
      parseAllow,
      new Map<string, number>(),
    )
    .option(
      '--guard <name=limit>',
      'set another limit: deactivations=2%, changed.notes=none',
      parseGuard,
      new Map<string, GuardLimit>(),
    )
    .option(
      '--accept-columns <hash>',
      'accept a header without columns that the last one had; the refusal shows the hash',
      parseHash,
    )
    .option('--expect-rows <n>', 'refuse the file if it has another number of rows', wholeNumber())
    .option(
      '--max-file-age <time>',
      'refuse a file that was written longer ago, such as 26h',
      ageFor('--max-file-age'),
    )
    .option(
      '--settle <time>',
      'wait until the file has been unchanged for that long, such as 60s',
      timeFor('--settle'),
    )
    .option('--done <file>', 'refuse the import unless this file exists and is not older than the data');
}

/** The flags' part of an import request; throws `usage` for flags that need others. */
export function nightRequestOf(
  options: NightOptions,
): Pick<ImportRequest, 'guards' | 'night' | 'expectRows' | 'maxFileAge'> {
  const { source, snapshot = false, allow, guard: limits, acceptColumns, skipIfUnchanged } = options;
  const edits = options.edits === 'keep' ? 'keep' : undefined;
  const missingContacts = options.missingContacts === 'remove' ? 'remove' : undefined;
  if (source === undefined) {
    const [needing] = [
      ...(snapshot ? ['--snapshot'] : []),
      ...(acceptColumns === undefined ? [] : ['--accept-columns']),
      ...(skipIfUnchanged === undefined ? [] : ['--skip-if-unchanged']),
      ...(edits === undefined ? [] : ['--edits keep']),
      ...(missingContacts === undefined ? [] : ['--missing-contacts remove']),
      ...[...allow].flatMap(([name, count]) => (name === 'rows' && count === 0 ? [] : [`--allow ${name}`])),
      ...[...limits.keys()].map((name) => `--guard ${name}`),
    ];
    if (needing !== undefined) {
      throw new Failure('usage', `${needing} needs --source`, {
        hint: 'name the system that the file comes from, such as --source erp',
      });
    }
  }
  return {
    guards: { allow, limits },
    expectRows: options.expectRows,
    maxFileAge: options.maxFileAge,
    night:
      source === undefined
        ? undefined
        : { source, snapshot, acceptColumns, skipIfUnchanged, edits, missingContacts },
  };
}

/** The flags, as typed, that decide what a run of the night writes. */
export function nightFlags(options: NightOptions): string[] {
  const { source, snapshot, allow, guard, acceptColumns, edits, missingContacts } = options;
  return [
    ...(source === undefined ? [] : ['--source', source]),
    ...(snapshot === true ? ['--snapshot'] : []),
    ...(missingContacts === 'remove' ? ['--missing-contacts', 'remove'] : []),
    ...(edits === 'keep' ? ['--edits', 'keep'] : []),
    ...[...allow].flatMap(([name, count]) => ['--allow', `${name}=${count}`]),
    ...[...guard].flatMap(([name, limit]) => ['--guard', `${name}=${limitText(limit)}`]),
    ...(acceptColumns === undefined ? [] : ['--accept-columns', acceptColumns]),
  ];
}

function limitText(limit: GuardLimit): string {
  if (limit === null) return 'none';
  return 'count' in limit ? String(limit.count) : `${limit.millionths / 10_000}%`;
}

function parseSource(text: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,59}$/u.test(text)) return text;
  throw new Failure('usage', `--source takes a name, not ${JSON.stringify(text)}`, {
    hint: 'letters, digits, dots, _ and -, 60 at most, such as erp',
  });
}

function parseHash(text: string): string {
  if (/^[0-9a-f]{12}$/.test(text)) return text;
  throw new Failure('usage', `--accept-columns takes a hash, not ${JSON.stringify(text)}`, {
    hint: 'the message of the refused run shows it',
  });
}

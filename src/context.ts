import type { Advice } from './advice.ts';
import { Failure } from './errors.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Input, Io, Output } from './io.ts';
import { guardTerminal, writePieces } from './io.ts';
import { printable } from './model/printable.ts';
import { invocationOf, renderAdvice } from './render/text/command-line.ts';
import { renderJson } from './render/text/json.ts';
import { paint } from './render/text/paint.ts';
import type { Style } from './render/text/style.ts';
import { createSession } from './session.ts';
import type { Settings } from './settings/settings.ts';
import type { Database } from './store/connection/database.ts';
import { describeTarget } from './store/connection/target.ts';

/** What a command is given. Expensive parts, such as the database, are opened on first use. */
export interface Context {
  io: Io;
  options: GlobalOptions;
  /** Set by a command that finished but has something to report; 0 unless set. */
  exitCode: number;
  /** True once `print` has written the result: a later failure must not add a second document. */
  readonly printed: boolean;
  /** What the flags, environment and settings files specify outside the command; read on first use. */
  settings(): Promise<Settings>;
  /**
   * The connected database, its schema checked unless `schema` is `'any'` (migrate, doctor).
   * Throws the connection's or the schema's `Failure`.
   */
  database(need?: { schema?: 'current' | 'any' }): Promise<Database>;
  /**
   * For commands that only read: the `read_database` of the settings, after a note on how far it lags behind;
   * without one, the same as `database`.
   */
  readDatabase(): Promise<Database>;
  /** True once `nameTarget` has announced a write that will not be rolled back. */
  readonly writes: boolean;
  /**
   * Names on stderr where a write is about to go: `→ orderflow@db.example:5432/crm, org acme`. Every write
   * calls it first, a dry run too.
   */
  nameTarget(database: Database, org?: { slug: string }, run?: { dryRun: boolean }): void;
  /** Names the target after all if `--quiet` suppressed it: a failure message is incomplete without it. */
  revealTarget(): void;
  /**
   * True if questions are possible: stdin and stdout are terminals, and neither `--no-input` nor `--json` is
   * given.
   */
  canPrompt(): boolean;
  /** Where questions are asked; what they show must be printable. */
  promptStreams(): { input: Input; output: Output; signal: AbortSignal };
  /**
   * Returns if `--yes` is given or the person at the terminal confirms. Otherwise throws `refused`, or
   * `confirmation_required` where no question is possible.
   */
  confirm(question: string): Promise<void>;
  /**
   * Prints the result on stdout: with `--json` the one JSON document, otherwise the text (nothing with
   * `--quiet`).
   */
  print(result: { json: unknown; text: string | ((style: Style) => string) }): void;
  /** Like `print`, for a result that may be longer than the terminal, where it goes through a pager. */
  page(result: { json: unknown; text: (style: Style) => string }): Promise<void>;
  /**
   * Streams a result, its JSON included, instead of using `page`. With `--quiet`, only `--json` prints. Ends
   * early when the reader closes the pipe.
   */
  printPieces(pieces: AsyncIterable<string> | Iterable<string>): Promise<void>;
  /**
   * Prints a line for people on stderr; nothing with `--quiet`. Advice is escaped; a function's result is
   * not.
   */
  note(line: Advice | ((style: Style) => string)): void;
  /**
   * Prints a dimmed line on stderr below a result that is read on a terminal: the position in the list, what
   * comes next.
   */
  aside(line: Advice): void;
  /** Like `note`, but with `--quiet` too: what a mail from cron should contain. */
  warn(line: Advice | ((style: Style) => string)): void;
  style(stream: 'stdout' | 'stderr'): Style;
  close(): Promise<void>;
}

export function createContext(system: Io, options: GlobalOptions): Context {
  let errors: { raw: Output; guarded: Output } | undefined;
  function openStderr() {
    if (errors === undefined) {
      const raw = system.stderr;
      // If it fails, there is nowhere left to report it.
      raw.on('error', () => {});
      errors = { raw, guarded: guardTerminal(raw) };
    }
    return errors;
  }
  // Not a copy: the process creates stdin and stderr on first access.
  const io: Io = Object.create(system, {
    stdout: { value: guardTerminal(system.stdout) },
    stderr: { get: () => openStderr().guarded },
  });
  const session = createSession(io, options, { say, aside });
  let printed = false;
  let writes = false;
  let hiddenTarget: string | undefined;

  function style(stream: 'stdout' | 'stderr'): Style {
    return styleOf(io[stream], { profile: session.profile(), ...options }, io.env);
  }

  function say(line: Advice | ((style: Style) => string)): void {
    const look = style('stderr');
    io.stderr.write(`${typeof line === 'function' ? line(look) : escaped(line, look)}\n`);
  }

  function canPrompt(): boolean {
    return Boolean(io.stdin.isTTY && io.stdout.isTTY && options.input && !options.json);
  }

  function print({ json, text }: { json: unknown; text: string | ((style: Style) => string) }): void {
    if (options.json) {
      io.stdout.write(renderJson(json));
    } else if (!options.quiet) {
      const shown = typeof text === 'string' ? text : text(style('stdout'));
      if (shown !== '') io.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    }
    printed = true;
  }

  async function printPieces(pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const noted = (async function* () {
      for await (const piece of pieces) {
        if (options.quiet && !options.json) continue;
        printed = true;
        yield piece;
      }
    })();
    // Only a terminal has a pager; loading its code costs a file.
    if (options.json || !options.input || !io.stdout.isTTY) return writePieces(io, noted);
    const { writePaged } = await import('./pager.ts');
    await writePaged(io, noted);
  }

  async function page({ json, text }: { json: unknown; text: (style: Style) => string }): Promise<void> {
    if (options.json) return print({ json, text });
    const shown = text(style('stdout'));
    await printPieces(shown === '' || shown.endsWith('\n') ? [shown] : [`${shown}\n`]);
    printed = true;
  }

  const promptStreams = () => ({ input: system.stdin, output: openStderr().raw, signal: system.signal });

  function aside(line: Advice): void {
    if (options.quiet || options.json || !style('stdout').terminal) return;
    say((look) => paint(look).dim(escaped(line, look)));
  }

  return {
    io,
    options,
    exitCode: 0,
    get printed() {
      return printed;
    },
    style,
    settings: session.settings,
    database: session.database,
    readDatabase: session.readDatabase,
    get writes() {
      return writes;
    },
    nameTarget(database, org, { dryRun } = { dryRun: false }) {
      writes = !dryRun;
      const line = describeWrite(database, org);
      if (options.quiet) hiddenTarget = line;
      else say(line);
    },
    revealTarget() {
      if (hiddenTarget !== undefined) say(hiddenTarget);
      hiddenTarget = undefined;
    },
    canPrompt,
    promptStreams,
    async confirm(question) {
      if (options.yes) return;
      if (!canPrompt()) {
        throw new Failure('confirmation_required', `not confirmed: ${question}`, {
          hint: 'add --yes to continue',
        });
      }
      const { confirm } = await import('@inquirer/prompts');
      const agreed = await confirm({ message: printable(question), default: false }, promptStreams()).catch(
        (cause: unknown) => {
          // To a prompt, Ctrl-C is a key, not a signal.
          throw new Failure('interrupted', 'interrupted: nothing was changed', { cause });
        },
      );
      if (!agreed) throw new Failure('refused', 'not confirmed: nothing was changed');
    },
    print,
    page,
    printPieces,
    note(line) {
      if (!options.quiet) say(line);
    },
    aside,
    warn: say,
    close: session.close,
  };
}

function styleOf(
  output: Output,
  options: Omit<GlobalOptions, 'profile'> & { profile?: string | undefined },
  env: Io['env'],
): Style {
  const terminal = Boolean(output.isTTY);
  const plain = !terminal || Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  return {
    terminal,
    columns: terminal ? output.columns || 80 : undefined,
    color: options.color === 'always' || (options.color === 'auto' && !plain),
    invocation: invocationOf(env, options),
  };
}

function escaped(line: Advice, { invocation }: Style): string {
  return renderAdvice(line, invocation).split('\n').map(printable).join('\n');
}

function describeWrite(database: Database, org?: { slug: string }): string {
  const target = describeTarget(database.target);
  return org === undefined ? `→ ${target}` : `→ ${target}, org ${org.slug}`;
}

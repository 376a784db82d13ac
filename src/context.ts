import type { Io } from './io.ts';
import type { Database } from './store/connect.ts';

/** The flags that every command takes. */
export interface GlobalOptions {
  database?: string;
  json: boolean;
  quiet: boolean;
  color: 'auto' | 'always' | 'never';
  yes: boolean;
  /** False with `--no-input`: never prompt. */
  input: boolean;
  debug: boolean;
}

/** What a command is given. What costs time (the database) is opened when it is first asked for. */
export interface Context {
  io: Io;
  options: GlobalOptions;
  /** Set by a command that finished with something to say; 0 unless set. */
  exitCode: number;
  /**
   * The connected database, its schema checked unless `schema` is `'any'` (migrate, doctor).
   * Throws the connection's or the schema's `Failure`.
   */
  database(need?: { schema?: 'current' | 'any' }): Promise<Database>;
  /** True when a question may be asked: stdin and stdout are terminals and `--no-input` is absent. */
  canPrompt(): boolean;
  /** The result, on stdout: the one JSON document with `--json`, else the text (nothing with `--quiet`). */
  print(result: { json: unknown; text: string | ((style: Style) => string) }): void;
  /** A line for people on stderr; nothing with `--quiet`. */
  note(line: string): void;
  /** Like `note`, but also said with `--quiet`: what a mail from cron should carry. */
  warn(line: string): void;
  close(): Promise<void>;
}

/** How text may look on the stream it goes to. */
export interface Style {
  terminal: boolean;
  /** Cells across; undefined when piped. */
  columns: number | undefined;
  color: boolean;
}

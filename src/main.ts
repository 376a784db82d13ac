import type { Context } from './context.ts';
import { exit, Failure } from './errors.ts';
import type { Io } from './io.ts';
import { watchOutput } from './io.ts';
import { version } from './version.ts';

export { systemIo } from './io.ts';

/**
 * Runs one command and returns its exit code. Every failure ends here and nowhere else:
 * as `error:` and `hint:` on stderr, and with `--json` as the one document on stdout.
 */
export async function main(argv: string[], io: Io): Promise<number> {
  const outputWritten = watchOutput(io);
  // Scripts and shell prompts ask for it, so it is answered before anything is loaded.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    io.stdout.write(`${version}\n`);
    return 0;
  }
  const { createContext, readGlobalFlags, runProgram } = await import('./program.ts');
  const context = createContext(io, readGlobalFlags(argv));
  let outputLost: Failure | undefined;
  try {
    await runProgram(argv, context);
    await outputWritten().catch((error: unknown) => {
      outputLost =
        context.writes && writingSucceeded.has(context.exitCode) ? doneAllTheSame(error) : (error as Failure);
      throw outputLost;
    });
    return context.exitCode;
  } catch (error) {
    const failure = outputLost ?? failureToReport(error, io);
    await report(failure, context);
    return failure.exitCode;
  } finally {
    await context.close();
  }
}

/** The exit codes of commands that finished their output. */
const writingSucceeded: ReadonlySet<number> = new Set([exit.done, exit.someRejected]);

function doneAllTheSame(error: unknown): Failure {
  const { message } = error as Failure;
  return new Failure('unexpected', `the changes were written to the database, but ${message}`, {
    hint: 'the command itself is done; only its output is missing',
    cause: error,
  });
}

/** After an interrupt, a failure that only reports that something broke was caused by it. */
function failureToReport(error: unknown, io: Io): Failure {
  const failure = error instanceof Failure ? error : unexpected(error);
  const saysMore = !['interrupted', 'connection_lost', 'unexpected'].includes(failure.code);
  return io.signal.reason instanceof Failure && !saysMore ? io.signal.reason : failure;
}

function unexpected(error: unknown): Failure {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new Failure('unexpected', `unexpected: ${message}`, {
    hint: 'run it again with --debug to see where it happened',
    cause: error,
  });
}

async function report(failure: Failure, context: Context): Promise<void> {
  const { failureDocument, renderFailure } = await import('./render/failure.ts');
  const { renderJson } = await import('./render/text/json.ts');
  const { io, options } = context;
  context.revealTarget();
  io.stderr.write(renderFailure(failure, { style: context.style('stderr'), debug: options.debug }));
  if (options.json && !context.printed) io.stdout.write(renderJson(failureDocument(failure)));
}

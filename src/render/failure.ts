import type { Style } from './text/style.ts';
import type { Failure } from '../errors.ts';
import { printable } from '../model/printable.ts';
import { renderAdvice } from './text/command-line.ts';
import { paint } from './text/paint.ts';

/** The JSON document of a failed run. */
export function failureDocument(failure: Failure) {
  return { ok: false, error: errorDocument(failure) };
}

/** A failure within the JSON document of a run that also has a result. */
export function errorDocument({ code, message, hint }: Failure) {
  return { code, message, hint: hint === undefined ? null : renderAdvice(hint) };
}

/**
 * `error:` and `hint:` lines; further lines of a message (candidates, for example) are indented below the
 * first.
 */
export function renderFailure(failure: Failure, { style, debug }: { style: Style; debug: boolean }): string {
  const color = paint(style);
  const lines = [`${color.red.bold('error:')} ${indent(failure.message)}`];
  if (failure.hint !== undefined) {
    lines.push(`${color.cyan('hint:')} ${indent(renderAdvice(failure.hint, style.invocation))}`);
  }
  if (debug) lines.push(color.dim(traceOf(failure)));
  return `${lines.join('\n')}\n`;
}

function indent(text: string): string {
  return text.split('\n').map(printable).join('\n  ');
}

function traceOf(error: Error): string {
  const own = (error.stack ?? String(error)).split('\n').map(printable).join('\n');
  return error.cause instanceof Error ? `${own}\ncaused by ${traceOf(error.cause)}` : own;
}

import { renderAdvice } from './text/command-line.ts';
import type { Style } from './text/style.ts';
import type { Check } from '../model/check.ts';
import { printable } from '../model/printable.ts';
import { paint } from './text/paint.ts';
import { wrapToWidth } from './text/text-width.ts';

/** The public document: `status` shows what is wrong, `remedy` what to do about it. */
export function checksDocument(checks: Check[]) {
  return {
    ok: checks.every(({ status }) => status !== 'failure'),
    checks: checks.map((check) => ({
      name: check.name,
      status: check.status,
      message: check.message,
      remedy: check.status === 'ok' ? null : renderAdvice(check.remedy),
    })),
  };
}

/**
 * A line for each check, its remedy below; when piped: name, status, message and remedy, separated by tabs.
 */
export function renderChecks(checks: Check[], style: Style): string {
  if (!style.terminal) {
    return checks
      .map((check) => {
        const remedy = check.status === 'ok' ? '' : renderAdvice(check.remedy, style.invocation);
        return `${[check.name, check.status, check.message, remedy].map(printable).join('\t')}\n`;
      })
      .join('');
  }
  const { green, yellow, red, dim } = paint(style);
  const signs = { ok: green('ok     '), warning: yellow('warning'), failure: red('failure') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 11);
  const columns = Math.max(40, style.columns ?? 80);
  return checks
    .map((check) => {
      const message = wrapToWidth(printable(check.message), columns - indent.length, '').replaceAll(
        '\n',
        `\n${indent}`,
      );
      const line = `${signs[check.status]}  ${check.name.replaceAll('_', ' ').padEnd(width)}  ${message}`;
      if (check.status === 'ok') return `${line}\n`;
      // Not wrapped, so that it can be copied.
      return `${line}\n${indent}${dim('→')} ${printable(renderAdvice(check.remedy, style.invocation))}\n`;
    })
    .join('');
}

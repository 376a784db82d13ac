import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { failureDocument, renderFailure } from '../../src/render/failure.ts';

const style = { terminal: true, columns: 80, color: false };

test('a failure is an error line and a hint line', () => {
  const failure = new Failure('not_found', 'org "acme" not found', { hint: 'make it' });
  expect(renderFailure(failure, { style, debug: false })).toBe(
    'error: org "acme" not found\nhint: make it\n',
  );
});

test('further lines are indented, and control characters escaped', () => {
  const failure = new Failure('ambiguous', 'two:\n\x1b[2J one\nother\r');
  expect(renderFailure(failure, { style, debug: false })).toBe('error: two:\n  \\x1b[2J one\n  other\\r\n');
});

test('its document has a null hint without a hint', () => {
  expect(failureDocument(new Failure('locked', 'busy'))).toEqual({
    ok: false,
    error: { code: 'locked', message: 'busy', hint: null },
  });
});

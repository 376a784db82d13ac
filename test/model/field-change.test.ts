import { describe, expect, test } from 'vitest';
import type { FieldValue } from '../../src/model/field-change.ts';
import { describeChange } from '../../src/model/field-change.ts';

describe('a change is described', () => {
  const long = 'x'.repeat(200);
  test.for<[string, FieldValue, FieldValue, string]>([
    ['city', 'Koln', 'Köln', 'city "Koln" → "Köln"'],
    ['notes', null, 'a\nb', String.raw`notes none → "a\nb"`],
    ['is_active', true, false, 'is_active yes → no'],
    ['name', '\x1b[2J', '\u202e', String.raw`name "\x1b[2J" → "\u202e"`],
    ['notes', long, null, `notes "${'x'.repeat(119)}…" → none`],
    ['notes', `${long}A`, `${long}B`, `notes …"${'x'.repeat(20)}A" → …"${'x'.repeat(20)}B"`],
    ['notes', long, `${long}!`, `notes …"${'x'.repeat(20)}" → …"${'x'.repeat(20)}!"`],
    ['notes', `A${long}`, `B${long}`, `notes "A${'x'.repeat(118)}…" → "B${'x'.repeat(118)}…"`],
    [
      'notes',
      `${'x'.repeat(99)}😀${'y'.repeat(19)}A`,
      `${'x'.repeat(99)}😀${'y'.repeat(19)}B`,
      `notes …"😀${'y'.repeat(19)}A" → …"😀${'y'.repeat(19)}B"`,
    ],
  ])('%s: case %#', ([field, from, to, described]) => {
    expect(describeChange({ field, from, to })).toBe(described);
  });
});

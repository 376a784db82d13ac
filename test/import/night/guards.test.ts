import { describe, expect, test } from 'vitest';
import { parseAllow, parseGuard } from '../../../src/import/night/guard-flags.ts';
import type { GuardFlags, NightCounts } from '../../../src/import/night/guards.ts';
import { judgeGuards } from '../../../src/import/night/guards.ts';

const noFlags: GuardFlags = { allow: new Map(), limits: new Map() };

function judge(counts: Partial<NightCounts>, flags: Partial<GuardFlags> = {}) {
  const all = { rows: 0, lastRows: undefined, deactivations: { count: 0, of: 0 }, fields: [], ...counts };
  return judgeGuards(all, { ...noFlags, ...flags });
}

/** The largest number of deactivations that passes. */
function mostDeactivations(of: number): number | null | undefined {
  return judge({ deactivations: { count: 0, of } })[0]?.limit;
}

test('the limit of deactivations for n customers', () => {
  const limits = [0, 1, 3, 4, 8, 19, 20, 99, 100, 101, 120, 1000, 9999, 10_000, 10_001, 1_000_000].map(
    (n) => [n, mostDeactivations(n)],
  );
  expect(limits).toEqual([
    [0, 0],
    [1, 0],
    [3, 0],
    [4, 1],
    [8, 2],
    [19, 4],
    [20, 5],
    [99, 5],
    [100, 5],
    [101, 5],
    [120, 6],
    [1000, 50],
    [9999, 499],
    [10_000, 500],
    [10_001, 500],
    [1_000_000, 500],
  ]);
});

test.for([
  [5, false],
  [6, true],
] as const)('%i deactivations of 20: refused is %s', ([count, exceeded]) => {
  expect(judge({ deactivations: { count, of: 20 } })).toMatchObject([{ name: 'deactivations', exceeded }]);
});

test.for([
  ['notes', 10, 20],
  ['notes', 100, 20],
  ['notes', 101, 20],
  ['notes', 105, 21],
  ['notes', 1000, 200],
  ['name', 400, 20],
  ['name', 420, 21],
  ['erp_customer_number', 1000, 50],
] as const)('changed.%s of %i rows: at most %i', ([field, rows, limit]) => {
  for (const changed of [limit, limit + 1]) {
    const guards = judge({ rows, fields: [{ field, cleared: 0, of: 0, changed }] });
    expect(guards).toContainEqual(
      expect.objectContaining({ name: `changed.${field}`, limit, exceeded: changed > limit }),
    );
  }
});

test.for([
  [1, 1],
  [10, 9],
  [11, 10],
  [1000, 900],
  [1001, 901],
] as const)('rows after a file of %i: at least %i', ([lastRows, limit]) => {
  for (const rows of [limit, limit - 1]) {
    expect(judge({ rows, lastRows })[0]).toMatchObject({ name: 'rows', limit, exceeded: rows < limit });
  }
});

describe('flags', () => {
  const counts = { deactivations: { count: 50, of: 100 } };
  test.for([
    ['deactivations=49', true],
    ['deactivations=50', false],
    ['deactivations=51', true],
  ] as const)('--allow %s of 50: refused is %s', ([text, exceeded]) => {
    expect(judge(counts, { allow: parseAllow(text, new Map()) })).toMatchObject([{ exceeded }]);
  });

  test.for([
    ['deactivations=50%', 50, false],
    ['deactivations=49.9%', 49, true],
    ['deactivations=2', 2, true],
    ['deactivations=none', null, false],
  ] as const)('--guard %s of 50 of 100: the limit is %s', ([text, limit, exceeded]) => {
    expect(judge(counts, { limits: parseGuard(text, new Map()) })).toMatchObject([{ limit, exceeded }]);
  });

  test.for([
    'deactivations',
    'deactivations=',
    'deactivations=5%',
    'deactivations=-1',
    'rows=1.5',
    'cleared=5',
    '=3',
  ])('--allow %s is refused', (text) => {
    expect(() => parseAllow(text, new Map())).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('a mistyped name is answered with the right one', () => {
    expect(() => parseGuard('cleared.contact_phon=5', new Map())).toThrow(
      expect.objectContaining({ hint: 'did you mean cleared.contact_phone?' }),
    );
  });
});

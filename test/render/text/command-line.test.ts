import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { asTyped, renderCommandLine } from '../../../src/render/text/command-line.ts';

test('plain words stay as they are', () => {
  expect(renderCommandLine(['list', '--org', 'acme', '--q', '100%'])).toBe('list --org acme --q 100%');
});

test('a shell gets back every word', () => {
  const words = [
    'printf',
    '%s|',
    "it's",
    '$HOME',
    '',
    'two words',
    '`id`',
    'ü',
    '"',
    '\\',
    '*',
    '~',
    '#a',
    '!x',
  ];
  const said = execFileSync('sh', ['-c', renderCommandLine(words)], { encoding: 'utf8' });
  expect(said).toBe(
    words
      .slice(2)
      .map((word) => `${word}|`)
      .join(''),
  );
});

describe('a command line in a message', () => {
  const npx = { npm_lifecycle_event: 'npx' };

  test.for([
    ['next: orderflow-customers list --org demo', 'next: npx orderflow-customers list --org demo'],
    [
      'next: mend r.csv, then: orderflow-customers import r.csv',
      'next: mend r.csv, then: npx orderflow-customers import r.csv',
    ],
    [
      'hint: did you mean list? See orderflow-customers --help',
      'hint: did you mean list? See npx orderflow-customers --help',
    ],
    [
      '\x1b[36mhint:\x1b[39m orderflow-customers migrate',
      '\x1b[36mhint:\x1b[39m npx orderflow-customers migrate',
    ],
    ['orderflow-customers migrate makes them', 'npx orderflow-customers migrate makes them'],
  ])('can be pasted by who came by npx: %j', ([text, typed]) => {
    expect(asTyped(text as string, { env: npx })).toBe(typed);
    expect(asTyped(text as string, { env: {} })).toBe(text);
  });

  test('a mention of the name is not changed', () => {
    const text = 'another import into acme is running: orderflow-customers of crm from a local connection';
    expect(asTyped(text, { env: npx })).toBe(text);
  });
});

test.each([
  [
    { database: 'postgres:///crm?host=/tmp/a' },
    "next: orderflow-customers --database 'postgres:///crm?host=/tmp/a' migrate",
  ],
  [{ profile: 'prod' }, 'next: orderflow-customers --profile prod migrate'],
  [{ database: 'postgres://u:secret@h/crm' }, 'next: orderflow-customers migrate'],
  [{}, 'next: orderflow-customers migrate'],
])('a command line goes to the database that this one went to: %j', (options, typed) => {
  expect(asTyped('next: orderflow-customers migrate', { env: {}, options })).toBe(typed);
});

test('a command line for somebody else does not name a connection', () => {
  const text = 'ask an ADMIN of acme: orderflow-customers access grant maria --org acme --role OPS';
  expect(asTyped(text, { env: {}, options: { profile: 'prod' } })).toBe(text);
});

test('bash gets back what a terminal must not see', () => {
  const words = ['\x1b]0;x\x07', "it's\n\\n", 'a\u202eb\x9b\u{e0041}'];
  const line = renderCommandLine(['printf', '%s|', ...words]);
  expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  const said = execFileSync('bash', ['-c', line], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8', PATH: process.env['PATH'] },
  });
  expect(said).toBe(words.map((word) => `${word}|`).join(''));
});

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { asTyped, renderCommandLine } from '../../src/render/command-line.ts';

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
    expect(asTyped(text as string, npx)).toBe(typed);
    expect(asTyped(text as string, {})).toBe(text);
  });

  test('a mention of the name is not changed', () => {
    const text = 'another import into acme is running: orderflow-customers of crm from a local connection';
    expect(asTyped(text, npx)).toBe(text);
  });
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

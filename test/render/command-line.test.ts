import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { renderCommandLine } from '../../src/render/command-line.ts';

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

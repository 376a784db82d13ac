import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { advice, tool, toolOfOthers } from '../../../src/advice.ts';
import {
  invocationOf,
  renderAdvice,
  renderCommand,
  renderCommandLine,
} from '../../../src/render/text/command-line.ts';

test('plain words are unchanged', () => {
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

const text = advice`see ${tool('org', 'list')}, or make it: ${tool('org', 'create', 'SLUG', '--name', 'Two words')}`;

test('advice is written out with its commands quoted', () => {
  expect(renderAdvice(text)).toBe(
    "see orderflow-customers org list, or make it: orderflow-customers org create SLUG --name 'Two words'",
  );
});

test('advice within advice keeps its commands as data', () => {
  expect(advice`${text}; ${'or wait'}`).toEqual([
    'see ',
    tool('org', 'list'),
    ', or make it: ',
    tool('org', 'create', 'SLUG', '--name', 'Two words'),
    '; ',
    'or wait',
  ]);
});

test('advice without a command is text', () => {
  expect(advice`did you mean ${'list'}? ${advice`Try ${'again'}`}`).toBe('did you mean list? Try again');
});

test('a command can be pasted by who came by npx', () => {
  const invocation = invocationOf({ npm_lifecycle_event: 'npx' }, {});
  expect(renderAdvice(advice`${tool('migrate')} makes them`, invocation)).toBe(
    'npx orderflow-customers migrate makes them',
  );
});

test('what another program wrote is not taken for a command', () => {
  const invocation = invocationOf({ npm_lifecycle_event: 'npx' }, { profile: 'prod' });
  const said = 'next: orderflow-customers migrate';
  expect(renderAdvice(said, invocation)).toBe(said);
});

test.each([
  [
    { database: 'postgres:///crm?host=/tmp/a' },
    "orderflow-customers --database 'postgres:///crm?host=/tmp/a' migrate",
  ],
  [{ profile: 'prod' }, 'orderflow-customers --profile prod migrate'],
  [{ database: 'postgres://u:secret@h/crm' }, 'orderflow-customers migrate'],
  [{ database: 'postgres://h/crm?password=secret' }, 'orderflow-customers migrate'],
  [{}, 'orderflow-customers migrate'],
])('a command goes to the database that this one went to: %j', (options, typed) => {
  expect(renderCommand(tool('migrate'), invocationOf({}, options))).toBe(typed);
});

test('a command for another person does not name a connection', () => {
  const asked = advice`ask an ADMIN of acme: ${toolOfOthers('access', 'grant', 'maria', '--org', 'acme')}`;
  expect(renderAdvice(asked, invocationOf({}, { profile: 'prod' }))).toBe(
    'ask an ADMIN of acme: orderflow-customers access grant maria --org acme',
  );
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

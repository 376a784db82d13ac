import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { RunResult } from '../support/run.ts';
import { run } from '../support/run.ts';
import { buildTool } from '../support/tool.ts';

/*
 * docs/nightly.md, executed: its blocks and the commands in its sentences in their order, and the files of samples/nightly. A
 * block, a command, a flag or a file that nothing here runs fails the last tests.
 */

const page = await readFile(new URL('../../docs/nightly.md', import.meta.url), 'utf8');
const samples = new URL('../../samples/nightly/', import.meta.url).pathname;
const sample = (name: string) => readFile(path.join(samples, name), 'utf8');

const blocks = [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  lines: text.trimEnd().split('\n'),
}));
/** What is written as code in a sentence, each once. */
const codes = [
  ...new Set(
    [...page.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string),
  ),
];

let setting: ImportSetting;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
  await mkdir(place('bin'));
  const bin = new URL('../../bin/orderflow-customers.js', import.meta.url).pathname;
  await writeFile(place('bin/orderflow-customers'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  await cp(path.join(samples, 'import-tonight.sh'), place('bin/import-tonight.sh'));
  for (const name of await readdir(place('bin'))) await chmod(place('bin', name), 0o755);
  for (const org of ['acme', 'zenith']) {
    await run(['org', 'create', org, '--name', org], { database: setting.server });
    await mkdir(place('srv/erp', org), { recursive: true });
  }
});
beforeEach(async () => {
  await arrive('customers.csv', customers(1, 20));
  await arrive('north.csv', customers(1, 10));
  await arrive('south.csv', customers(11, 20));
});
afterAll(() => setting.close());

function place(...names: string[]): string {
  return path.join(setting.directory, ...names);
}

/** Seconds. */
let lastArrival = Date.now() / 1000 - 3600;

/** Writes a file with a later time than that of every earlier one, and `customers.done` after it. */
async function arrive(name: string, rows: CsvRow[]): Promise<void> {
  lastArrival++;
  for (const [file, text] of [
    [name, csv(rows)],
    ['customers.done', ''],
  ] as const) {
    await writeFile(place(file), text);
    await utimes(place(file), lastArrival, lastArrival);
  }
}

function customers(first: number, last: number) {
  return Array.from({ length: last - first + 1 }, (_, index) =>
    customerRow({ erp_customer_number: first + index, contact_email: `k${first + index}@x.example` }),
  );
}

/** A command line by `/bin/sh -c`, as cron runs it; this machine's directories take the place of the page's. */
async function shell(
  line: string,
  given: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...given, PATH: `${place('bin')}:/usr/bin:/bin`, ORDERFLOW_DATABASE_URL: setting.server.url };
  const command = line
    .replaceAll('/srv/erp', place('srv/erp'))
    .replaceAll('/usr/local/bin', place('bin'))
    .replaceAll('/var/lib/node_exporter', setting.directory);
  return await new Promise((resolve) => {
    execFile('/bin/sh', ['-c', command], { cwd: setting.directory, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A command line of the tool without quotes, run in this process, which is faster. */
function inProcess(line: string): Promise<RunResult> {
  const words = line.replaceAll('/var/lib/node_exporter', setting.directory).split(' ');
  return run(words, { database: setting.server, cwd: setting.directory });
}

const nightly = 'customers.csv --org acme --source erp --snapshot';

describe('the blocks of the page', () => {
  test.each(blocks.filter(({ language }) => language === 'sh').flatMap(({ lines }) => lines))(
    '%s',
    async (line) => {
      const { code, stdout, stderr } = await shell(line);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      // A good night is quiet.
      expect(stdout === '').toBe(line.includes('--quiet'));
    },
  );

  test.each(blocks.filter(({ language }) => language === 'promql').flatMap(({ lines }) => lines))(
    '%s',
    async (line) => {
      const metrics = await metricsAfter(`import ${nightly} --metrics-to m.prom`);
      expect(evaluate(line, metrics)).toBe(false);
      expect(evaluate(line, metrics, { hoursLater: 25 })).toBe(false);
      expect(evaluate(line, metrics, { hoursLater: 27 })).toBe(true);
    },
  );

  test('are in languages that are executed here', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'promql']));
  });
});

/** The metrics that a command line writes to m.prom, by name. */
async function metricsAfter(line: string): Promise<Map<string, number>> {
  await shell(`orderflow-customers ${line}`);
  const text = await readFile(place('m.prom'), 'utf8');
  const lines = [...text.matchAll(/^(\w+)\{[^}]*\} (\S+)$/gm)];
  return new Map(lines.map(([, name, value]) => [name as string, Number(value)]));
}

/** An expression of comparisons between sums and products, joined by `and`; throws for anything else. */
function evaluate(expression: string, metrics: Map<string, number>, { hoursLater = 0 } = {}): boolean {
  const now = Date.now() / 1000 + hoursLater * 3600;
  const product = (text: string): number =>
    text.split('*').reduce((result, factor) => result * termOf(factor.trim()), 1);
  const sum = (text: string): number => {
    const [first = '', ...others] = text.split(' - ');
    return others.reduce((result, other) => result - product(other), product(first));
  };
  function termOf(text: string): number {
    if (text === 'time()') return now;
    const value = /^\d+$/.test(text) ? Number(text) : metrics.get(text);
    if (value === undefined) throw new Error(`${text} is no metric that an import writes`);
    return value;
  }
  return expression.split(' and ').every((comparison) => {
    const [, left = '', operator, right = ''] = /^(.+?) (>|!=) (.+)$/.exec(comparison) ?? [];
    if (operator === '>') return sum(left) > sum(right);
    if (operator === '!=') return sum(left) !== sum(right);
    throw new Error(`${comparison} is no comparison`);
  });
}

/** Codes that are commands of the tool, some with words or flags, some after its name; `…` is the usual import. */
const commands = /^(?:orderflow-customers )?(?:import|runs|status|doctor|history|update|contact)(?: .*)?$/;
const commandLines = codes.filter((code) => commands.test(code));
/** Flags, some with a value. */
const flags = codes.filter((code) => code.startsWith('--'));

describe('the commands in its sentences', () => {
  test.each(commandLines)('%s', async (code) => {
    const words = code.replace(/^orderflow-customers /, '').replace('…', nightly);
    // A name alone stands for the command, and so does one without the words that it needs.
    const isName = /^[a-z]+(?: [a-z]+)?$/.test(words) && words !== 'doctor';
    const runs = (
      await run(['runs', 'list', '--org', 'acme', '--json'], { database: setting.server })
    ).json();
    const line = words.replace('RUN', `${runs.items.at(-1).id} --org acme --dry-run`);
    const org = words.startsWith('status') ? ' --org acme' : '';
    const { exitCode, stdout, stderr } = await inProcess(`${line}${isName ? ' --help' : org}`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).not.toBe('');
  });
});

describe('the flags in its sentences', () => {
  /** What a flag needs where the page names it alone. */
  const values = new Map([
    ['--max-file-age', '26h'],
    ['--max-age', '26h'],
    ['--expect-rows', '20'],
    ['--done', 'customers.done'],
    ['--settle', '1s'],
    ['--allow', 'rows=0'],
    ['--rejects', 'r.csv'],
    ['--mapping', 'none'],
    ['--source', 'erp'],
  ]);
  /** A number of the page that is not that of the file here. */
  const otherwise = new Map([['--expect-rows 4120', 5]]);

  test.each(flags)('%s', async (code) => {
    const [name = '', given] = code.split(' ');
    const value = given ?? values.get(name);
    const flag = `${name}${value === undefined ? '' : ` ${value}`}`
      .replace('HASH', '0123456789ab')
      .replace('60s', '1s');
    const command = ['--plugin', '--max-age'].includes(name)
      ? `status --org acme ${flag}`
      : `import ${nightly} --dry-run ${flag}`;
    const { exitCode, stderr } = await inProcess(command);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: otherwise.get(code) ?? 0 });
  });
});

describe('samples/nightly', () => {
  test('crontab: its line runs both organizations, and says nothing of a good night', async () => {
    const lines = (await sample('crontab'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const environment = Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value as string]];
      }),
    );
    expect(Object.keys(environment)).toEqual(['MAILTO', 'ORDERFLOW_DATABASE_URL', 'PATH']);
    expect(environment['PATH']?.split(':')).toContain('/usr/local/bin');
    const jobs = lines.filter((line) => !/^[A-Z_]+=/.test(line));
    expect(jobs).toHaveLength(1);
    for (const org of ['acme', 'zenith']) await arrive(`srv/erp/${org}/customers.csv`, customers(1, 20));
    for (const job of jobs) {
      const [, times = '', command = ''] = /^((?:\S+\s+){5})(.*)$/.exec(job) ?? [];
      expect(times).toMatch(/^(?:(?:\*|\d{1,2}(?:[-,/]\d{1,2})*)\s+){5}$/);
      // To cron, a percent sign without a backslash ends the command.
      expect(command.replaceAll(String.raw`\%`, '')).not.toContain('%');
      expect(await shell(command, environment)).toEqual({ code: 0, stdout: '', stderr: '' });
    }
    for (const org of ['acme', 'zenith']) {
      expect(await readdir(place('srv/erp', org, 'archive'))).toHaveLength(1);
      const status = await run(['status', '--org', org, '--plugin'], { database: setting.server });
      expect(status).toMatchObject({ exitCode: 0 });
    }
  });

  test('orderflow-import.service: its command runs, and systemd takes it and its timer', async () => {
    const service = await sample('orderflow-import.service');
    const valueOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(service)?.[1] ?? '';
    await arrive('srv/erp/acme/customers.csv', customers(1, 20));
    expect(await shell(valueOf('ExecStart'))).toEqual({ code: 0, stdout: '', stderr: '' });
    const bad = customerRow({ erp_customer_number: 20, default_currency: 'EURX' });
    await arrive('srv/erp/acme/customers.csv', [...customers(1, 19), bad]);
    const rejected = await shell(valueOf('ExecStart'));
    expect(String(rejected.code)).toBe(valueOf('SuccessExitStatus'));
    expect(rejected.stderr).toContain('EURX');

    await mkdir(place('units'));
    const units = ['orderflow-import.service', 'orderflow-import.timer'].map((name) => place('units', name));
    for (const unit of units) {
      const text = await sample(path.basename(unit));
      expect(text).toContain('[Unit]\nDescription=');
      await writeFile(unit, text.replaceAll('/usr/local/bin', place('bin')));
    }
    // Where systemd is not installed, nothing else can judge them.
    const verified = await shell('command -v systemd-analyze');
    if (verified.code !== 0) return;
    const { stderr } = await promisify(execFile)('systemd-analyze', ['verify', ...units]);
    expect(stderr).toBe('');
  });

  test('nagios.cfg: its check asks with its own arguments', async () => {
    const text = await sample('nagios.cfg');
    const [, line = ''] = /command_line +(.*)/.exec(text) ?? [];
    const [, check = ''] = /check_command +(.*)/.exec(text) ?? [];
    const [name = '', ...arguments_] = check.split('!');
    expect(/command_name +(.*)/.exec(text)?.[1]).toBe(name);
    const command = line.replaceAll(/\$ARG(\d)\$/g, (_, number) => arguments_[Number(number) - 1] ?? '');
    const { code, stdout } = await shell(command);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ORDERFLOW OK - [^\n|]*\|[^\n]+\n$/);
  });

  test('prometheus-rules.yml: each alert fires when it should, and not on a good night', async () => {
    const { groups } = parse(await sample('prometheus-rules.yml')) as {
      groups: {
        rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const fired = (metrics: Map<string, number>, later = {}) =>
      rules.filter(({ expr }) => evaluate(expr, metrics, later)).map(({ alert }) => alert);
    const good = await metricsAfter(`import ${nightly} --metrics-to m.prom`);
    expect(fired(good)).toEqual([]);
    expect(fired(good, { hoursLater: 27 })).toEqual(['OrderflowImportMissing']);
    const bad = customerRow({ erp_customer_number: 20, default_currency: 'EURX' });
    await arrive('customers.csv', [...customers(1, 19), bad]);
    expect(fired(await metricsAfter(`import ${nightly} --metrics-to m.prom`))).toEqual([
      'OrderflowImportRejectsRows',
    ]);
    await arrive('customers.csv', customers(1, 5));
    expect(fired(await metricsAfter(`import ${nightly} --metrics-to m.prom`))).toEqual([
      'OrderflowImportRefused',
    ]);
    await rm(place('m.prom'));
    // What the descriptions tell to run.
    const told = JSON.stringify(groups).matchAll(/Run: orderflow-customers ([^"]*)/g);
    for (const [, words = ''] of told) {
      const line = words.replace('{{ $labels.org }}', 'acme').replace('{{ $labels.source }}', 'erp');
      expect([0, 14]).toContain((await shell(`orderflow-customers ${line}`)).code);
    }
  });

  test('every file is in the table of the page, and has its test here', async () => {
    const own = await readFile(new URL('nightly-page.test.ts', import.meta.url), 'utf8');
    for (const name of await readdir(samples)) {
      expect(page).toContain(`\`${name}\``);
      expect(own).toContain(name);
    }
  });
});

test('what else is written as code is a name: of a field, a code, a metric, a file', async () => {
  const executed = new Set([...commandLines, ...flags]);
  const names = codes.filter((code) => !executed.has(code));
  const odd = names.filter((name) => !/^[\w.…/:*-]+$/i.test(name));
  // The keys of JSON documents.
  expect(odd).toEqual([
    '{file, rows, failed, rejects_file}',
    '{name, count, limit, of, exceeded, customers}',
  ]);
  const metrics = await metricsAfter(`import ${nightly} --metrics-to m.prom`);
  const asked = names.map((name) => name.replace(/^…_/, 'orderflow_import_'));
  for (const name of asked.filter((found) => found.startsWith('orderflow_'))) {
    expect([...metrics.keys()]).toContain(name);
  }
  const problems = await readFile(new URL('../../docs/problems.md', import.meta.url), 'utf8');
  for (const [, code] of page.matchAll(/\(problems\.md#(\w+)\)/g))
    expect(problems).toContain(`### \`${code}\`\n`);
});

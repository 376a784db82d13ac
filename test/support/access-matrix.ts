import { roles } from '../../src/model/role.ts';

/** What a command is tried with: each of these in the own org of every role, and in an org of somebody else. */
export interface MatrixCommand {
  name: string;
  /** `org` is a slug; `customer` the ERP number of a customer in it, `run` an import run of it. */
  argv(about: { org: string; customer: string; run: string; customerId: string; free: string }): string[];
  stdin?: string;
  /** What the owner does first, each time. */
  before?: MatrixCommand['argv'];
  /** A command that is about no org: there is no other one to try it in. */
  withoutOrg?: true;
}

const file = 'name,default_currency,default_language,erp_customer_number\nNeu AG,CHF,de-CH,7001\n';

const contactIsThere: MatrixCommand['argv'] = ({ org, customer, free }) => [
  'contact',
  'add',
  customer,
  '--org',
  org,
  '--email',
  `${free}@k.example`,
];

/** Every command that speaks to the database; a new one is a line here, and a line in docs/security.md by itself. */
export const matrixCommands: MatrixCommand[] = [
  { name: 'list', argv: ({ org }) => ['list', '--org', org] },
  { name: 'list --q', argv: ({ org }) => ['list', '--org', org, '--q', 'secret'] },
  { name: 'show, by ERP number', argv: ({ org, customer }) => ['show', customer, '--org', org] },
  { name: 'show, by id', argv: ({ org, customerId }) => ['show', customerId, '--org', org] },
  { name: 'search', argv: ({ org }) => ['search', 'secret', '--org', org] },
  { name: 'search --email', argv: ({ org }) => ['search', '--email', 'a@secret.example', '--org', org] },
  { name: 'duplicates', argv: ({ org }) => ['duplicates', '--org', org] },
  { name: 'export', argv: ({ org }) => ['export', '--org', org] },
  { name: 'contact list', argv: ({ org, customer }) => ['contact', 'list', customer, '--org', org] },
  { name: 'history', argv: ({ org, customer }) => ['history', customer, '--org', org] },
  {
    name: 'history erase',
    argv: ({ org, customer }) => ['history', 'erase', customer, '--org', org, '--yes'],
  },
  {
    name: 'history erase --email',
    argv: ({ org }) => ['history', 'erase', '--email', 'a@secret.example', '--org', org, '--yes'],
  },
  {
    name: 'history prune',
    argv: ({ org }) => ['history', 'prune', '--older-than', '400d', '--org', org, '--yes'],
  },
  { name: 'runs list', argv: ({ org }) => ['runs', 'list', '--org', org] },
  { name: 'status', argv: ({ org }) => ['status', '--org', org] },
  { name: 'runs resume', argv: ({ org }) => ['runs', 'resume', '--org', org, '--source', 'erp'] },
  { name: 'runs show', argv: ({ org, run }) => ['runs', 'show', run, '--org', org] },
  { name: 'runs undo', argv: ({ org, run }) => ['runs', 'undo', run, '--org', org] },
  {
    name: 'import',
    argv: ({ org }) => ['import', '-', '--org', org, '--no-rejects'],
    stdin: file,
  },
  {
    name: 'import --dry-run',
    argv: ({ org }) => ['import', '-', '--org', org, '--no-rejects', '--dry-run'],
    stdin: file,
  },
  {
    name: 'create',
    argv: ({ org, free }) =>
      ['create', '--org', org, '--name', 'Neu AG', '--erp-customer-number', free].concat([
        '--default-currency',
        'CHF',
        '--default-language',
        'de-CH',
      ]),
  },
  {
    name: 'update',
    argv: ({ org, customer, free }) => ['update', customer, '--org', org, '--billing-city', free],
  },
  {
    name: 'contact add',
    argv: ({ org, customer, free }) => [
      'contact',
      'add',
      customer,
      '--org',
      org,
      '--email',
      `${free}@k.example`,
    ],
  },
  {
    name: 'contact update',
    before: contactIsThere,
    argv: ({ org, customer, free }) => [
      'contact',
      'update',
      customer,
      `${free}@k.example`,
      '--org',
      org,
      '--primary',
    ],
  },
  {
    name: 'contact remove',
    before: contactIsThere,
    argv: ({ org, customer, free }) => [
      'contact',
      'remove',
      customer,
      `${free}@k.example`,
      '--org',
      org,
      '--yes',
    ],
  },
  { name: 'access list', argv: ({ org }) => ['access', 'list', '--org', org] },
  {
    name: 'access grant',
    argv: ({ org }) => ['access', 'grant', 'newcomer', '--org', org, '--role', 'VIEWER'],
  },
  {
    name: 'access revoke',
    before: ({ org }) => ['access', 'grant', 'newcomer', '--org', org, '--role', 'VIEWER'],
    argv: ({ org }) => ['access', 'revoke', 'newcomer', '--org', org],
  },
  { name: 'whoami', argv: () => ['whoami'], withoutOrg: true },
  { name: 'org list', argv: () => ['org', 'list'], withoutOrg: true },
  { name: 'org create', argv: ({ free }) => ['org', 'create', free, '--name', 'New'], withoutOrg: true },
  { name: 'migrate --status', argv: () => ['migrate', '--status'], withoutOrg: true },
  { name: 'migrate', argv: () => ['migrate'], withoutOrg: true },
];

/** Who tries: each role in its own org, a login that has the role in another one, one with none, and the owner. */
export const matrixColumns = [...roles, 'a role in another org', 'no role', 'owner of the tables'] as const;

export type MatrixColumn = (typeof matrixColumns)[number];

const meanings: Record<number, string> = { 0: 'yes', 4: 'not found', 13: 'not permitted' };

/** The table as docs/security.md has it, aligned as Prettier would. */
export function matrixTable(outcomes: Map<string, Map<MatrixColumn, number | undefined>>): string {
  const rows = [
    ['command', ...matrixColumns],
    ...[...outcomes].map(([name, byColumn]) => [
      `\`${name}\``,
      ...matrixColumns.map((column) => {
        const exitCode = byColumn.get(column);
        return exitCode === undefined ? '–' : (meanings[exitCode] ?? `exit ${exitCode}`);
      }),
    ]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  const line = (cells: string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = rows;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

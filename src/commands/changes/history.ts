import type { Command } from 'commander';
import { advice, tool } from '../../advice.ts';
import { addHelp } from '../../command-tree.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../errors.ts';
import { nearName } from '../../model/near-name.ts';
import { loggedFields } from '../../model/change-log.ts';
import { quoted } from '../../model/printable.ts';
import { exitCodes } from '../../render/help.ts';
import { renderHistory } from '../../render/changes/history.ts';
import { formatNumberOf } from '../../render/text/numbers.ts';
import { listHistory, requireRemembered } from '../../store/changes/history.ts';
import { requireOrganization } from '../../store/orgs/organizations.ts';
import { sinceFor, wholeNumber } from '../options/flag-values.ts';
import { addOrgOption, orgOf } from '../options/org-option.ts';
import { defineErase, definePrune } from './erase.ts';

interface HistoryOptions {
  org?: string;
  since?: (now: Date) => string;
  field?: string;
  limit: number;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Show what was changed of a customer and its contacts, the newest change first: when, by which login, and by what\n' +
        '(an import, another command, another program). Customers that were removed are found, too.\n' +
        'Piped: a line per field: time, login, program, what happened, contact, field, before, after, separated by tabs.',
    )
    .usage('[flags] <ref>')
    .argument('<ref>', "the customer's ERP number or id");
  addOrgOption(command, { forReading: true })
    .option('--since <time>', 'only changes since then: 2026-11-01, or 30d, 12h', sinceFor('--since'))
    .option('--field <name>', 'only changes of this field, such as billing_city or phone', parseField)
    .option('--limit <n>', 'number of changes', wholeNumber(10_000), 50)
    .action((ref: string, options: HistoryOptions) => history(context, ref, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 7, 8, 13], { 0: 'done, or no changes' }),
    notes: 'A customer’s creation is not a change. See docs/history.md.',
    examples: [
      'orderflow-customers history 10001 --org acme',
      'orderflow-customers history 10001 --org acme --since 30d --field billing_city',
      "orderflow-customers history 10001 --org acme --json | jq '.items[0].by'",
    ],
  });
  defineErase(command, context);
  definePrune(command, context);
}

async function history(context: Context, ref: string, options: HistoryOptions): Promise<void> {
  const orgRef = await orgOf(context, options);
  const database = await context.readDatabase();
  const org = await requireOrganization(database, orgRef);
  const customer = await requireRemembered(database, { org, ref });
  const { items, total } = await listHistory(database, {
    orgId: org.id,
    customerId: customer.id,
    since: options.since?.(context.io.now()),
    field: options.field,
    limit: options.limit,
  });
  await context.page({
    json: { items: items.map(({ run_title: _title, ...entry }) => entry), total },
    text: (style) => renderHistory(customer, items, style),
  });
  const counted = `${items.length} of ${formatNumberOf(total, 'change')}`;
  context.aside(
    customer.removed
      ? `${counted}; the customer was removed`
      : advice`${counted} · next: ${tool('show', ref, '--org', org.slug)}`,
  );
}

function parseField(text: string): string {
  if (loggedFields.includes(text)) return text;
  const meant = nearName(text, loggedFields, (name) => name);
  throw new Failure('usage', `--field: unknown field ${quoted(text)}`, {
    hint: meant === undefined ? `one of ${loggedFields.join(', ')}` : `did you mean ${meant}?`,
  });
}

import type { ChangedContact, LoggedField, NamedChange } from '../../model/change-log.ts';
import { asChange } from '../../model/change-log.ts';
import { describeChange } from '../../model/field-change.ts';
import { printable } from '../../model/printable.ts';
import { formatCount, formatNumberOf } from '../text/numbers.ts';
import { paint } from '../text/paint.ts';
import type { Style } from '../text/style.ts';

/** One change, as `renderRunChanges` lists it. */
export function renderRunChange(change: NamedChange, style: Style): string {
  return style.terminal ? `${paragraph(change, style)}\n` : lines(change);
}

/**
 * The changes of a run: on a terminal a paragraph for each customer, with a line for each field; otherwise a
 * line for each field, separated by tabs: kind, ERP number, id, contact, field, before, after.
 */
export function renderRunChanges(
  { items, total }: { items: NamedChange[]; total: number },
  style: Style,
  { more }: { more: string },
): string {
  if (!style.terminal) return items.map(lines).join('');
  if (items.length === 0) return '';
  const { bold, dim } = paint(style);
  const rest = total - items.length;
  return [
    '',
    bold(`Changes (${formatNumberOf(total, 'customer')})`),
    ...items.map((change) => paragraph(change, style)),
    ...(rest > 0 ? [dim(`… and ${formatCount(rest)} more; ${more}`)] : []),
    '',
  ].join('\n');
}

function paragraph(change: NamedChange, style: Style): string {
  const { kind, erp_customer_number: number, id, name, fields, contacts } = change;
  const words = kind === 'created' || kind === 'updated' ? '' : ` ${kind}`;
  const head = `${sign(kind, style)} ${printable(number ?? id)} ${printable(name)}${words}`;
  // A new customer is listed with its values only.
  if (kind === 'created') return head;
  return [
    head,
    ...fields.map((field) => `    ${describeChange(asChange(field))}`),
    ...contacts.flatMap((contact) => contactLines(contact, style)),
  ].join('\n');
}

function contactLines({ kind, email, fields }: ChangedContact, style: Style): string[] {
  const head = `    ${sign(kind, style)} ${printable(email)}`;
  return kind === 'updated'
    ? [head, ...fields.map((field) => `        ${describeChange(asChange(field))}`)]
    : [head];
}

function sign(kind: NamedChange['kind'], style: Style): string {
  const { green, red, yellow } = paint(style);
  if (kind === 'created') return green('+');
  return kind === 'removed' || kind === 'deactivated' ? red('-') : yellow('~');
}

function lines({ kind, erp_customer_number: number, id, fields, contacts }: NamedChange): string {
  const line = (what: string, contact: string, { field, before, after }: LoggedField) => {
    const cells = [what, number ?? '', id, contact, field, String(before ?? ''), String(after ?? '')];
    return `${cells.map(printable).join('\t')}\n`;
  };
  return [
    ...fields.map((field) => line(kind, '', field)),
    ...contacts.flatMap((contact) => contact.fields.map((field) => line(contact.kind, contact.email, field))),
  ].join('');
}

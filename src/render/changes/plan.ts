import { printable } from '../../model/printable.ts';
import { formatNumberOf } from '../text/numbers.ts';
import { paint } from '../text/paint.ts';
import type { Style } from '../text/style.ts';
import { formatLocalTime } from '../text/time.ts';

/** The details of a plan, above its changes. */
export function renderPlanHeader(
  { header, total }: { header: { file: string; org: string; created_at: string }; total: number },
  style: Style,
): string {
  const { bold, dim } = paint(style);
  const { file, org, created_at: at } = header;
  return `${bold(`Plan: ${printable(file)} into ${printable(org)}`)}\n${dim(
    `made ${formatLocalTime(at)}; ${formatNumberOf(total, 'customer')} to change`,
  )}\n\n`;
}

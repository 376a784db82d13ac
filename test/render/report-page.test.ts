import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReportedImport } from '../../src/render/report-page/page.ts';
import { renderReportPage } from '../../src/render/report-page/page.ts';
import { hasChromium, seeInChromium } from '../support/chromium.ts';

const hostile = [
  `<script>window.harmed = true; parent.harmed = true</script>`,
  `"><img src=x onerror="window.harmed = true">`,
  `</style></title><svg onload=window.harmed=true>`,
  `' onmouseover='window.harmed=true`,
  `&lt;b&gt; &amp;`,
  `\u202eevil\u0000\u001b[31m`,
  `javascript:window.harmed=true`,
  'W'.repeat(300),
  `Müller & Söhne ${'sehr-lang'.repeat(30)}`,
];

const message = { row: 3, line: 3, hint: null };

function reported(over: Partial<ReportedImport> = {}): ReportedImport {
  const runs = Array.from({ length: 40 }, (_, index) => ({
    at: new Date(Date.UTC(2026, 0, index + 1, 2)).toISOString(),
    rows: 1000 + index,
    changes: index % 7,
    rejected: index % 3,
    refused: index === 35,
  }));
  return {
    language: 'en',
    at: '2026-02-09T02:00:05Z',
    org: 'acme',
    file: 'customers.csv',
    report: {
      ok: false,
      run_id: '0197c9d7-0000-7000-8000-000000000000',
      org: 'acme',
      file: 'customers.csv',
      dry_run: false,
      rows: 12_345,
      imported: 2,
      updated: 3,
      unchanged: 12_335,
      superseded: 0,
      source: null,
      snapshot: false,
      deactivated: 0,
      guards: [],
      failed: 5,
      contacts: { imported: 1, updated: 2, unchanged: 3 },
      warnings: [{ ...message, column: null, value: null, code: 'blank_row', warning: 'a blank row' }],
      warnings_total: 1,
      errors: hostile.flatMap((value, index) => [
        { ...message, line: index + 3, column: 'Land', value, code: 'invalid_country', error: 'no country' },
        { ...message, line: index + 90, column: value, value: null, code: 'unheard_of', error: value },
      ]),
      errors_total: 30,
      values: [],
      values_total: 0,
      rejects_file: null,
      duration_ms: 5,
    },
    changes: {
      items: hostile.map((name, index) => ({
        erp_customer_number: index % 2 === 0 ? null : name,
        id: String(index),
        name,
        kind: 'updated' as const,
        fields: [{ field: 'billing_city', before: null, after: name }],
        contacts: [
          { email: name, kind: 'updated' as const, fields: [{ field: 'phone', before: name, after: null }] },
        ],
      })),
      total: 1234,
    },
    failure: undefined,
    runs,
    toolVersion: '0.2.0',
    ...over,
  };
}

const failure = {
  code: 'no_rows',
  message: '<b>no rows</b>\n<i>first</i>',
  hint: 'look at <u>it</u>',
  isRefusal: true,
};

test('a page loads nothing, and its policy allows its own style alone', () => {
  const page = renderReportPage(reported());
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
  const digest = createHash('sha256').update(style).digest('base64');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${digest}'`);
  expect(page).not.toMatch(/<script|<img|<link|<iframe|\bon\w+="|url\(|style="|https?:/i);
});

test('nothing of a value becomes markup', () => {
  const page = renderReportPage(reported({ org: hostile[0] as string, file: hostile[1] as string, failure }));
  const ours =
    'body dd div dl doctype dt h1 h2 head html li line meta p path rect s span strong style svg text title ul';
  const tags = new Set([...page.matchAll(/<\/?!?([a-z][a-z\d]*)/gi)].map(([, tag]) => tag));
  expect(ours.split(' ')).toEqual(expect.arrayContaining([...tags]));
  expect(page).toContain('&lt;b&gt;no rows&lt;/b&gt;');
  expect(page).not.toContain('\u202e');
});

test('says in each language what came, what to correct, and what was refused', () => {
  expect(renderReportPage(reported())).toMatch(
    /12,345[^]*The country is not known[^]*In the ERP: enter its two-letter code/,
  );
  expect(renderReportPage(reported({ language: 'de' }))).toMatch(
    /<html lang="de">[^]*12\.345[^]*Das Land ist nicht bekannt[^]*Im ERP: seinen zweistelligen Code/,
  );
  const refused = renderReportPage(reported({ language: 'de', failure, report: undefined }));
  expect(refused).toMatch(/Der Import wurde verweigert\. Es wurde nichts geschrieben\.[^]*\[no_rows\]/);
  expect(refused).not.toContain('Was sich geändert hat');
  const unknown = { ...failure, code: 'commit_unknown', isRefusal: false };
  expect(renderReportPage(reported({ failure: unknown, report: undefined }))).not.toMatch(
    /refused\.|othing was written/,
  );
});

test('shows the last 30 runs, and which of them were refused', () => {
  const page = renderReportPage(reported());
  expect(page.match(/<rect\s+class="rows"/g)).toHaveLength(30);
  expect(page.match(/<path\s+class="refused"/g)).toHaveLength(1);
  expect(renderReportPage(reported({ runs: [] }))).not.toContain('<svg');
});

describe.runIf(hasChromium())('in Chromium', () => {
  test.each([360, 1280])('%i pixels wide, nothing runs and nothing overflows', async (width) => {
    const seen = await seeInChromium(renderReportPage(reported()), { width });
    expect(seen).toMatchObject({ overflow: 0, foreign: 0, harmed: false });
    expect(seen.background).not.toBe('rgba(0, 0, 0, 0)');
    expect(seen.text).toContain('<script>window.harmed = true');
  });
});

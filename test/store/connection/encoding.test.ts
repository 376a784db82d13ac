import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyDatabase, ownServer, urlOf } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { run } from '../../support/run.ts';

const encodings = ['LATIN1', 'SQL_ASCII', 'WIN1252', 'LATIN9'];
const names = encodings.map((encoding) => `${ownServer().prefix}_${encoding.toLowerCase()}`);
let home: TestDatabase;

beforeAll(async () => {
  home = await emptyDatabase();
  const admin = await home.open();
  for (const [index, encoding] of encodings.entries()) {
    await admin.execute(
      raw(`create database ${names[index]} encoding '${encoding}' locale 'C' template template0`),
    );
  }
});
afterAll(async () => {
  const admin = await home.open();
  for (const name of names) await admin.execute(raw(`drop database ${name} with (force)`));
  await home.close();
});

test.each(
  encodings.flatMap((encoding, index) =>
    [['migrate'], ['doctor'], ['list', '--org', 'acme'], ['org', 'list']].map(
      (argv) => [argv[0] as string, encoding, argv, names[index] as string] as const,
    ),
  ),
)(
  '%s refuses a database in %s, and says which encoding is needed',
  async (_name, encoding, argv, database) => {
    const { exitCode, stdout, stderr } = await run([...argv], {
      env: { ORDERFLOW_DATABASE_URL: urlOf({ ...home.target, database }) },
    });
    expect(exitCode).toBe(7);
    expect(stdout + stderr).toContain(
      `the database is encoded in ${encoding}; only UTF8 can store every name`,
    );
    expect(stdout + stderr).not.toContain('doctor says more');
  },
);

import { expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { dumpSchema } from '../../support/dump-schema.ts';

test('the schema is the one in schema.sql', async () => {
  const database = await testDatabase();
  const dump = await dumpSchema(await database.open());
  await expect(
    dump,
    'if the schema is meant to change: npm test -- test/store/schema/schema.test.ts --update, and commit schema.sql',
  ).toMatchFileSnapshot('./schema.sql');
  await database.close();
});

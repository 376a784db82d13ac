import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import sql, { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import { openDatabase } from '../../../src/store/connection/database.ts';
import type { ConnectionTarget } from '../../../src/store/connection/target.ts';
import type { TestDatabase } from '../../support/database.ts';
import { emptyDatabase } from '../../support/database.ts';
import { pidOf, until } from '../../support/sessions.ts';

let server: TestDatabase;
let other: Database;

beforeAll(async () => {
  server = await emptyDatabase();
  other = await server.open();
  await other.execute(sql`create table note (text text unique deferrable initially deferred)`);
});

afterAll(() => server.close());

async function notes(): Promise<string[]> {
  return (await other.query<{ text: string }>(sql`select text from note order by text`)).map(
    ({ text }) => text,
  );
}

async function terminate(pid: number): Promise<void> {
  await other.query(sql`select pg_terminate_backend(${pid})`);
}

async function untilRunning(pid: number, statement: string): Promise<void> {
  await until(
    other,
    sql`select from pg_stat_activity where pid = ${pid} and query like ${statement} and state = 'active'`,
  );
}

describe('a transaction', () => {
  test('is committed when its work is done, and returns what it returned', async () => {
    const database = await server.open();
    const result = await database.transaction(async () => {
      await database.execute(sql`insert into note values ('committed')`);
      return 7;
    });
    expect(result).toBe(7);
    expect(await notes()).toContain('committed');
  });

  test('is rolled back when its work throws, and throws the same', async () => {
    const database = await server.open();
    const reason = new Failure('refused', 'no');
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('rolled back')`);
      throw reason;
    });
    await expect(run).rejects.toBe(reason);
    expect(await notes()).not.toContain('rolled back');
    expect(await database.query(sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  test('with a swallowed failed statement does not count as committed', async () => {
    const database = await server.open();
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('half')`);
      await database.query(sql`select 1 / 0`).catch(() => {});
    });
    await expect(run).rejects.toThrow('nothing was written');
    expect(await notes()).not.toContain('half');
  });

  test('that a constraint refuses at the commit is a conflict, and not written', async () => {
    const database = await server.open();
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('twice'), ('twice')`);
    });
    await expect(run).rejects.toMatchObject({ code: 'conflict' });
    expect(await notes()).not.toContain('twice');
  });

  test('loses its connection during a statement: connection_lost, and nothing uncaught', async () => {
    const database = await server.open();
    const pid = await pidOf(database);
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('lost')`);
      await database.query(sql`select pg_sleep(30)`);
    });
    const outcome = run.catch((reason: unknown) => reason);
    await untilRunning(pid, '%pg_sleep%');
    await terminate(pid);
    expect(await outcome).toMatchObject({ code: 'connection_lost', exitCode: 7 });
    expect(await notes()).not.toContain('lost');
  });

  test('loses its connection between two statements: the next one says so', async () => {
    const database = await server.open();
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('lost between')`);
      await terminate(await pidOf(database));
      await delay(50);
      await database.execute(sql`insert into note values ('after')`);
    });
    await expect(run).rejects.toMatchObject({ code: 'connection_lost' });
    await expect(database.transaction(async () => 1)).rejects.toMatchObject({ code: 'connection_lost' });
    expect(await notes()).not.toContain('lost between');
  });

  test('loses its connection during the commit: commit_unknown', async () => {
    await other.execute(
      raw(`
        create table slow (text text);
        create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(30); return null; end';
        create constraint trigger wait after insert on slow deferrable initially deferred
          for each row execute function wait()`),
    );
    const database = await server.open();
    const pid = await pidOf(database);
    const run = database.transaction(async () => {
      await database.execute(sql`insert into slow values ('x')`);
    });
    const outcome = run.catch((reason: unknown) => reason);
    await untilRunning(pid, 'commit');
    database.interrupt();
    await delay(100);
    // An interrupt does not touch a commit.
    await untilRunning(pid, 'commit');
    await terminate(pid);
    expect(await outcome).toMatchObject({ code: 'commit_unknown', exitCode: 7 });
  });
});

describe('an interrupt', () => {
  test('ends a long statement at once, and the transaction with it', async () => {
    const database = await server.open();
    const pid = await pidOf(database);
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('interrupted')`);
      await database.query(sql`select pg_sleep(30)`);
    });
    const outcome = run.catch((reason: unknown) => reason);
    await untilRunning(pid, '%pg_sleep%');
    const interrupted = performance.now();
    database.interrupt();
    expect(await outcome).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(performance.now() - interrupted).toBeLessThan(5000);
    expect(await notes()).not.toContain('interrupted');
  });

  test('between two statements lets neither the next nor the commit through', async () => {
    const database = await server.open();
    const next = database.transaction(async () => {
      database.interrupt();
      await database.execute(sql`insert into note values ('next')`);
    });
    await expect(next).rejects.toMatchObject({ code: 'interrupted' });
    const second = await server.open();
    const commit = second.transaction(async () => {
      await second.execute(sql`insert into note values ('commit')`);
      second.interrupt();
    });
    await expect(commit).rejects.toMatchObject({ code: 'interrupted' });
    expect(await notes()).not.toContain('next');
    expect(await notes()).not.toContain('commit');
  });
});

describe('a statement', () => {
  test('that takes longer than it may is cancelled on the server, and says so', async () => {
    const database = await openDatabase(server.target, { statementTimeout: 100 });
    const pid = await pidOf(database);
    const started = performance.now();
    await expect(database.query(sql`select pg_sleep(30)`)).rejects.toMatchObject({
      code: 'database_timeout',
      message: expect.stringContaining('a statement took longer than 100 ms and was cancelled'),
      hint: expect.stringContaining('--timeout'),
    });
    expect(performance.now() - started).toBeLessThan(5000);
    // The error arrives a moment before the session is idle.
    await until(other, sql`select from pg_stat_activity where pid = ${pid} and state = 'idle'`);
    await database.close();
  });

  test('in a transaction that takes longer than it may rolls it back', async () => {
    const database = await openDatabase(server.target, { statementTimeout: 300 });
    const run = database.transaction(async () => {
      await database.execute(sql`insert into note values ('too slow')`);
      await database.query(sql`select pg_sleep(30)`);
    });
    await expect(run).rejects.toMatchObject({ code: 'database_timeout', exitCode: 7 });
    expect(await notes()).not.toContain('too slow');
    await database.close();
  });

  test('may take any time without a limit, and less where the server has one of its own', async () => {
    const database = await openDatabase(server.target, { statementTimeout: 100 });
    database.statementTimeout = 0;
    await database.query(sql`select pg_sleep(0.3)`);
    await expect(
      database.transaction(async () => {
        await database.execute(sql`set local statement_timeout = 50`);
        await database.query(sql`select pg_sleep(30)`);
      }),
    ).rejects.toMatchObject({ message: expect.stringContaining('statement_timeout') });
    await database.close();
  });

  test('without an answer, even to its cancellation, ends with the connection', async () => {
    const deaf = await answering(
      Buffer.concat([message('R', Buffer.alloc(4)), message('K', Buffer.alloc(8)), message('Z', 'I')]),
    );
    const database = await openDatabase(deaf.target, { statementTimeout: 100 });
    await expect(database.query(sql`select 1`)).rejects.toMatchObject({ code: 'database_timeout' });
    await database.close();
    deaf.close();
  });
});

test('closing twice, or after the connection was lost, does no harm', async () => {
  const database = await openDatabase(server.target);
  await terminate(await pidOf(database));
  await expect(database.close()).resolves.toBeUndefined();
  await expect(database.close()).resolves.toBeUndefined();
});

test('the session is named, and speaks UTF-8', async () => {
  const settings = sql`select current_setting('application_name') as name, current_setting('client_encoding') as encoding`;
  expect(await other.query(settings)).toEqual([{ name: 'orderflow-customers', encoding: 'UTF8' }]);
});

test('the environment has no say in a connection that was resolved', async () => {
  const before = { ...process.env };
  const wrong = { PGHOST: 'wrong.invalid', PGUSER: 'wrong', PGDATABASE: 'wrong', PGSSLMODE: 'require' };
  Object.assign(process.env, wrong);
  try {
    const database = await openDatabase(server.target);
    expect(await database.query(sql`select current_database() as name`)).toEqual([
      { name: server.target.database },
    ]);
    await database.close();
  } finally {
    for (const name of Object.keys(wrong)) delete process.env[name];
    Object.assign(process.env, before);
  }
});

describe('a server', () => {
  test('older than 15 is refused, by name of its version', async () => {
    const old = await answering(
      Buffer.concat([
        message('R', Buffer.alloc(4)),
        message('S', 'server_version\x0014.13 (Debian)\0'),
        message('Z', 'I'),
      ]),
    );
    await expect(openDatabase(old.target)).rejects.toMatchObject({
      code: 'database_refused',
      message:
        'ann@127.0.0.1:' + old.target.port + '/crm: this is Postgres 14.13 (Debian), 15 or newer is needed',
    });
    old.close();
  });

  test('that says nothing is given up after the time limit', async () => {
    const silent = await answering(undefined);
    const started = performance.now();
    await expect(openDatabase(silent.target)).rejects.toMatchObject({ code: 'database_timeout' });
    expect(performance.now() - started).toBeLessThan(2000);
    silent.close();
  });

  test('that is not Postgres is distinguished from a wrong password', async () => {
    const web = await answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const target = { ...web.target, ssl: { mode: 'require' as const } };
    await expect(openDatabase(target)).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('not a Postgres server'),
    });
    web.close();
  });
});

/** Answers the first bytes of every connection with `answer`, as a server would that there is none of here. */
async function answering(answer: Buffer | undefined): Promise<{ target: ConnectionTarget; close(): void }> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (answer !== undefined) socket.once('data', () => socket.write(answer));
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    target: {
      source: '--database',
      host: '127.0.0.1',
      port: address.port,
      user: 'ann',
      database: 'crm',
      connectTimeout: 300,
    },
    close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}

function message(type: string, body: Buffer | string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(body) + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

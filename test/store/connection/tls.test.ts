import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';
import { run } from '../../support/run.ts';
import type { Certificate } from '../../support/tls.ts';
import { certificateAuthority, startTlsServer } from '../../support/tls.ts';

let database: TestDatabase;
let directory: string;
let authority: Awaited<ReturnType<typeof certificateAuthority>>;
const made: Record<string, Certificate> = {};

const year = 365 * 24 * 3600 * 1000;
const longAgo = '20200101000000Z';
const yesterday = stamp(Date.now() - 24 * 3600 * 1000);
const nextYear = stamp(Date.now() + year);

/** An instant as openssl has it: `20200101000000Z`. */
function stamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`;
}

beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(path.join(os.tmpdir(), 'tls-'));
  authority = await certificateAuthority(directory);
  const host = '127.0.0.1';
  made['valid'] = await authority.issue('valid', { host, from: longAgo, until: nextYear });
  made['expired'] = await authority.issue('expired', { host, from: longAgo, until: yesterday });
  made['early'] = await authority.issue('early', {
    host,
    from: stamp(Date.now() + year / 2),
    until: nextYear,
  });
  made['elsewhere'] = await authority.issue('elsewhere', {
    host: 'db.example',
    from: longAgo,
    until: nextYear,
  });
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

/** `doctor` on a server with this certificate, by a URL with these parameters. */
async function doctor(certificate: string, parameters: string, clientsOf?: string) {
  const server = await startTlsServer(made[certificate] as Certificate, database.target, {
    ...(clientsOf !== undefined && { clientsOf }),
  });
  const url = `postgres://${database.target.user}@127.0.0.1:${server.port}/${database.target.database}?${parameters}`;
  const result = await run(['doctor', '--json'], { env: { ORDERFLOW_DATABASE_URL: url } });
  await server.close();
  const { checks } = result.json() as {
    checks: { name: string; status: string; message: string; remedy: string }[];
  };
  return { exitCode: result.exitCode, connection: checks[0], tls: checks[1] };
}

describe('with verify-full', () => {
  test('a valid certificate is accepted, and doctor says so', async () => {
    const { exitCode, tls } = await doctor('valid', `sslmode=verify-full&sslrootcert=${authority.file}`);
    expect(exitCode).toBe(0);
    expect(tls).toMatchObject({
      status: 'ok',
      message: 'TLSv1.3, and the server’s certificate is verified',
    });
  });

  test.for([
    ['an expired one', 'expired', /certificate has expired/, 'renew it'],
    ['one that is not valid yet', 'early', /not valid yet/, 'clock'],
    ['one for another host', 'elsewhere', /for another host name/, 'a name that is in the certificate'],
  ] as const)('%s has its own words', async ([, certificate, message, remedy]) => {
    const { exitCode, connection } = await doctor(
      certificate,
      `sslmode=verify-full&sslrootcert=${authority.file}`,
    );
    expect(exitCode).toBe(7);
    expect(connection).toMatchObject({ status: 'failure', message: expect.stringMatching(message) });
    expect(connection?.remedy).toContain(remedy);
  });

  test('one of an authority that is not known here has its own words', async () => {
    const { exitCode, connection } = await doctor('valid', 'sslmode=verify-full&sslrootcert=system');
    expect(exitCode).toBe(7);
    expect(connection?.message).toMatch(/not issued by an authority that is trusted here/);
    expect(connection?.remedy).toContain('sslrootcert');
  });
});

test('with require any server may answer: doctor warns', async () => {
  const { exitCode, tls } = await doctor('expired', 'sslmode=require');
  expect(exitCode).toBe(0);
  expect(tls).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('the server is not verified'),
    remedy: expect.stringContaining('verify-full'),
  });
});

test('where clients need a certificate, none is refused with its own words', async () => {
  const { exitCode, connection } = await doctor('valid', 'sslmode=require', authority.cert);
  expect(exitCode).toBe(7);
  expect(connection?.message).toMatch(/requires a client certificate/);
  expect(connection?.remedy).toContain('sslcert');
});

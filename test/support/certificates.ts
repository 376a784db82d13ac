import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A certificate and its private key, as files. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface Authority extends Certificate {
  /** `names` as in subjectAltName: `DNS:db.example,IP:127.0.0.1`. */
  issue(name: string, options?: { names?: string; expired?: boolean }): Promise<Certificate>;
  /** A list of revoked certificates that this one is on; returns its file. */
  revoke(certificate: Certificate): Promise<string>;
}

/** An authority of the test's own, made by the `openssl` program. Its files are in `directory`. */
export async function makeAuthority(directory: string, name: string): Promise<Authority> {
  const home = path.join(directory, name);
  await mkdir(home);
  const file = (extension: string) => path.join(home, `${randomBytes(4).toString('hex')}.${extension}`);
  const config = file('cnf');
  await writeFile(path.join(home, 'index.txt'), '');
  await writeFile(path.join(home, 'index.txt.attr'), 'unique_subject = no\n');
  await writeFile(
    config,
    `
      [ca]
      default_ca = own
      [own]
      database = ${home}/index.txt
      new_certs_dir = ${home}
      default_md = sha256
      default_crl_days = 2
      rand_serial = yes
      policy = any
      copy_extensions = copy
      [any]
      commonName = supplied
      [req]
      distinguished_name = dn
      [dn]
    `,
  );
  const own = { cert: path.join(home, 'ca.crt'), key: path.join(home, 'ca.key') };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-config', config];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    own.key,
    '-out',
    own.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  const authority = ['-config', config, '-cert', own.cert, '-keyfile', own.key];
  return {
    ...own,
    async issue(subject, { names, expired = false } = {}) {
      const issued = { cert: file('crt'), key: file('key') };
      const request = file('csr');
      const alternative = names === undefined ? [] : ['-addext', `subjectAltName=${names}`];
      await openssl(
        'req',
        ...newKey,
        '-keyout',
        issued.key,
        '-out',
        request,
        '-subj',
        `/CN=${subject}`,
        ...alternative,
      );
      const validity = expired
        ? ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
        : ['-days', '2'];
      await openssl(
        'ca',
        '-batch',
        '-notext',
        ...authority,
        ...validity,
        '-in',
        request,
        '-out',
        issued.cert,
      );
      return issued;
    },
    async revoke({ cert }) {
      const list = file('crl');
      await openssl('ca', ...authority, '-revoke', cert);
      await openssl('ca', ...authority, '-gencrl', '-out', list);
      return list;
    },
  };
}

/** The key locked with a password; returns its file. */
export async function lockKey(key: string, password: string): Promise<string> {
  await openssl('pkey', '-in', key, '-aes256', '-passout', `pass:${password}`, '-out', `${key}.locked`);
  return `${key}.locked`;
}

async function openssl(...args: string[]): Promise<void> {
  await promisify(execFile)('openssl', args).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw new Error(
        'these tests make certificates with openssl, which is missing: apt-get install openssl',
        {
          cause,
        },
      );
    throw cause;
  });
}

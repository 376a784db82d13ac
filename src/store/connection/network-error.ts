import type { Advice } from '../../advice.ts';
import type { FailureCode } from '../../errors.ts';

/** A failure without its server. */
export interface Explanation {
  code: FailureCode;
  message: string;
  hint: Advice;
}

export const lost: Explanation = {
  code: 'connection_lost',
  message: 'the connection was lost, and with it what was not committed',
  hint: 'check whether the server was restarted or the network failed, then run it again',
};
const nodeCodes: Record<string, Explanation> = {
  ECONNREFUSED: {
    code: 'database_unreachable',
    message: 'connection refused',
    hint: 'check host and port, and that the server runs and listens on that address',
  },
  ENOENT: {
    code: 'database_unreachable',
    message: 'no server socket in that directory',
    hint: 'check the directory and the port, and that the server runs',
  },
  EACCES: {
    code: 'database_refused',
    message: 'this user may not open the server’s socket',
    hint: 'run as a user who may, or connect by host name',
  },
  ENOTFOUND: {
    code: 'database_unreachable',
    message: 'host not found',
    hint: 'check the spelling, and that this machine can resolve names',
  },
  ETIMEDOUT: {
    code: 'database_timeout',
    message: 'no answer in time',
    hint: 'check host and port, and whether a firewall is in between; connect_timeout gives it longer',
  },
  EHOSTUNREACH: {
    code: 'database_unreachable',
    message: 'no route to that host',
    hint: 'check the network, or whether a VPN is needed',
  },
  ECONNRESET: lost,
};
const sameAs: Record<string, string> = {
  EAI_AGAIN: 'ENOTFOUND',
  ENETUNREACH: 'EHOSTUNREACH',
  EHOSTDOWN: 'EHOSTUNREACH',
  EPIPE: 'ECONNRESET',
  EPERM: 'EACCES',
  ENOTSOCK: 'ENOENT',
};

/** The driver's own errors have no code (pg 8: lib/client.js, lib/connection.js, lib/crypto/sasl.js). */
const driverMessages: [RegExp, Explanation][] = [
  [/^timeout expired$/, nodeCodes['ETIMEDOUT'] ?? lost],
  [/^Connection terminated|^Client has encountered a connection error|^Client was closed/, lost],
  [
    /does not support SSL/,
    {
      code: 'database_refused',
      message: 'the server offers no encryption, and sslmode asks for it',
      hint: 'enable TLS on the server; or, if the network in between is trusted, set sslmode=disable',
    },
  ],
  [
    /error establishing an SSL connection/,
    {
      code: 'database_refused',
      message: 'what answers there is not a Postgres server',
      hint: 'check host and port',
    },
  ],
];

/**
 * By Node's and OpenSSL's codes. An alert is the server's verdict about this client; the others are about the
 * server.
 */
const certificateCodes: [RegExp, string, string][] = [
  [
    /ALERT_CERTIFICATE_REQUIRED/,
    'the server requires a client certificate, and none was given',
    'name one in sslcert, and its key in sslkey',
  ],
  [
    /ALERT_CERTIFICATE_EXPIRED/,
    'the server reports that this client’s certificate has expired',
    'renew the file that sslcert names',
  ],
  [
    /ALERT_.*(?:CERT|UNKNOWN_CA)/,
    'the server does not accept this client’s certificate',
    'sslcert has to be of an authority that the server trusts, and for this user',
  ],
  [
    /ALTNAME_INVALID/,
    'the server’s certificate is for another host name',
    'connect by a name that is in the certificate, with hostaddr for the address; or check the authority only: sslmode=verify-ca with sslrootcert',
  ],
  [/^CERT_HAS_EXPIRED/, 'the server’s certificate has expired', 'renew it on the server'],
  [
    /^CERT_NOT_YET_VALID/,
    'the server’s certificate is not valid yet',
    'check the clock of this machine, and the certificate on the server',
  ],
  [/^CERT_REVOKED/, 'the server’s certificate was revoked', 'it needs a new one; do not trust this one'],
  [
    /^UNABLE_TO_GET_CRL/,
    'the revocation list in sslcrl is not that of the server’s authority',
    'name the list of every authority between the certificate and the root',
  ],
  [
    /CERT|SIGNATURE|ISSUER/,
    'the server’s certificate was not issued by an authority that is trusted here',
    'name the certificate of the authority that issued it in sslrootcert (system for those of this machine); sslmode=require without sslrootcert encrypts without verifying the server',
  ],
];

/**
 * The meaning of an error with which the driver, Node or the operating system could not connect, or lost the
 * connection.
 */
export function explainNetworkError(error: unknown): Explanation {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = nodeCodes[sameAs[code] ?? code] ?? driverMessages.find(([text]) => text.test(message))?.[1];
  if (known !== undefined) return known;
  if (/CERT|SIGNATURE|^ERR_TLS|^ERR_SSL|^ERR_OSSL|^EPROTO|ISSUER/.test(code))
    return certificate(code, message);
  return { code: 'unexpected', message, hint: 'run it again with --debug to see where it happened' };
}

function certificate(code: string, message: string): Explanation {
  const [, what, hint] = certificateCodes.find(([codes]) => codes.test(code)) ?? [
    /./,
    `no encrypted connection was established: ${/:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message}`,
    'check that client and server share a TLS version, and the sslcert and sslkey in use',
  ];
  return { code: 'database_refused', message: what, hint };
}

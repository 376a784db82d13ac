import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { ConnectionTarget } from '../../src/store/connection/target.ts';
import type { TestDatabase } from './database.ts';
import { urlOf } from './database.ts';

/** A line to the test's server on which a session can be stopped where it stands, or cut. */
export interface Proxy {
  /** The database as the tool's `--database` takes it, by way of this proxy. */
  url: string;
  target: ConnectionTarget;
  /** Settles when a session has sent `statement` (see `startProxy`) and stands still. */
  held: Promise<void>;
  /** Settles when the tool has asked the server to cancel what it runs (a session of its own). */
  cancelRequested: Promise<void>;
  /** Lets everything through that was held back. */
  release(): void;
  /** Hands the held statement to the server, and its answer to nobody. */
  swallowAnswer(): void;
  /** Breaks the held session's connection to the tool; the server's end is left open until `closeServerEnd`. */
  cutTool(): void;
  closeServerEnd(): void;
  /** Closes the next session as soon as it comes, or all that come. */
  refuse(sessions: 'the next' | 'all'): void;
  /** How many were. */
  refused(): number;
  close(): Promise<void>;
}

/** PostgreSQL documentation, 55.7: the message that begins with it has 16 bytes (up to protocol 3.0). */
const cancelRequestCode = 80_877_102;

/**
 * Starts one; the first session that sends `statement` (in lower case, as it is on the wire: the text of a statement
 * ends with a NUL) is held there.
 */
export async function startProxy(
  database: TestDatabase,
  statement: string,
  /** Which of several statements of this text, counted from 1. */
  occurrence = 1,
): Promise<Proxy> {
  const { target: server } = database;
  const directory = await mkdtemp('/tmp/oc-proxy-');
  const target = { ...server, host: directory, port: 5432 };
  const sockets = new Set<net.Socket>();
  let seen = 0;
  let toRefuse = 0;
  let refused = 0;
  let held: { tool: net.Socket; backend: net.Socket; pending: Buffer[]; silent: boolean } | undefined;
  let reached: () => void;
  const holding = new Promise<void>((resolve) => (reached = resolve));
  let asked: () => void;
  const cancelRequested = new Promise<void>((resolve) => (asked = resolve));

  const listener = net.createServer((tool) => {
    if (refused < toRefuse) {
      refused++;
      tool.destroy();
      return;
    }
    const backend = connectTo(server);
    const isHeld = () => held?.tool === tool;
    for (const socket of [tool, backend]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    tool.on('data', (chunk) => {
      if (chunk.length === 16 && chunk.readInt32BE(4) === cancelRequestCode) asked();
      const said = chunk.toString('latin1').toLowerCase().includes(statement);
      if (held === undefined && said && ++seen === occurrence) {
        held = { tool, backend, pending: [], silent: false };
        reached();
      }
      if (isHeld()) held?.pending.push(chunk);
      else backend.write(chunk);
    });
    backend.on('data', (chunk) => {
      if (isHeld() && held?.silent === true) return;
      tool.write(chunk);
    });
    // A tool that was killed closes its end: the server is told, as by the kernel.
    tool.on('close', () => {
      if (!(isHeld() && held?.silent === true)) backend.destroy();
    });
    backend.on('close', () => tool.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(path.join(directory, '.s.PGSQL.5432'), resolve));

  function session() {
    if (held === undefined) throw new Error('no session is held');
    return held;
  }

  function flush(): void {
    for (const chunk of session().pending.splice(0)) session().backend.write(chunk);
  }

  return {
    url: urlOf(target),
    target,
    held: holding,
    cancelRequested,
    release() {
      flush();
      // Not undefined: a later statement of the same text is not held.
      held = { ...session(), tool: new net.Socket(), silent: false };
    },
    swallowAnswer() {
      session().silent = true;
      flush();
    },
    cutTool() {
      session().silent = true;
      session().tool.destroy();
    },
    closeServerEnd: () => session().backend.destroy(),
    refuse(sessions) {
      toRefuse = sessions === 'all' ? Infinity : 1;
    },
    refused: () => refused,
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A bare connection to a server, by its socket or by TCP. */
export function connectTo({ host, port }: ConnectionTarget): net.Socket {
  return host.startsWith('/') ? net.connect(path.join(host, `.s.PGSQL.${port}`)) : net.connect(port, host);
}

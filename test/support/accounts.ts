import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';

/** A file for `UPSTREAM_ACCOUNTS`, or another secret, that a test can change. */
export interface ChangeableFile {
  readonly path: string;
  write(content: unknown): void;
  remove(): void;
}

export function changeableFile(content: unknown): ChangeableFile {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const path = join(folder, 'file');
  const write = (text: unknown) =>
    writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
  write(content);
  return { path, write, remove: () => rmSync(folder, { recursive: true }) };
}

/** An account of the file, served by a sandbox. */
export function accountOf(name: string, { url, credentials }: Sandbox, change: object = {}): object {
  const { accountSid, authToken } = credentials;
  return { name, dialect: 'twilio', url, accountSid, authToken, ...change };
}

/** A sandbox behind a server that accepts one password only. */
export interface CheckedSandbox {
  readonly sandbox: Sandbox;
  /** URL of the server. */
  readonly url: string;
  /** The password that is accepted from now on. */
  accept(password: string): void;
  /** Number of requests that were rejected. */
  readonly rejected: number;
  close(): Promise<void>;
}

export async function startCheckedSandbox(): Promise<CheckedSandbox> {
  let accepted = '';
  let rejected = 0;
  const server = createServer((req, res) => forward(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sandbox = await startSandbox({ pageUrlBase: url });
  const { accountSid, authToken } = sandbox.credentials;
  const own = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const forward = (req: IncomingMessage, res: ServerResponse) => {
    const [, given = ''] = (req.headers.authorization ?? '').split(' ');
    if (Buffer.from(given, 'base64').toString() !== `${accountSid}:${accepted}`) {
      rejected += 1;
      res
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"code":20003,"message":"Authenticate"}');
      return;
    }
    const headers = { ...req.headers, authorization: own };
    request(sandbox.url + req.url, { headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    })
      .on('error', () => res.destroy())
      .end();
  };
  return {
    sandbox,
    url,
    accept: (password) => {
      accepted = password;
    },
    get rejected() {
      return rejected;
    },
    async close() {
      await sandbox.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

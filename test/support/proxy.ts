import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy that connects every host to one loopback port. */
export interface TestProxy {
  readonly url: string;
  /** The requested connections. */
  readonly connects: readonly { readonly target: string; readonly authorization: string | undefined }[];
  /** Number of requests other than CONNECT. */
  readonly others: number;
  /** Status of the response to CONNECT; 200: connects. */
  status: number;
  close(): Promise<void>;
}

/** @param port - where it connects to, whatever host and port are requested */
export async function startProxy(port: number): Promise<TestProxy> {
  const connects: { target: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Duplex>();
  let others = 0;
  const server = createServer((_request, response) => {
    others += 1;
    response.writeHead(501).end();
  });
  server.on('connect', (request, socket: Duplex, head) => {
    connects.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    if (proxy.status !== 200) {
      socket.end(`HTTP/1.1 ${proxy.status} Rejected\r\ncontent-length: 6\r\n\r\nsecret`);
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) {
      sockets.add(end);
      end.on('error', () => undefined).on('close', () => sockets.delete(end));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connects,
    get others() {
      return others;
    },
    status: 200,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}

import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/**
 * A backend that closes the connection later than this, with nothing answered, had taken the request, and should
 * have finished it. Earlier, the two may have crossed: one of them closes while the other begins to speak.
 */
const TAKEN_AFTER_MS = 150;

/**
 * A balancer as small as one can be that does what every balancer does: it asks each backend whether it is ready,
 * spreads requests over those that are, and sends one again, to another backend, when the first has taken none
 * of it: when it refused the connection, or closed it at once, before a byte was answered.
 *
 * @param {readonly { port: number, url: string }[]} backends
 */
export async function startBalancer(backends) {
  const agent = new Agent({ keepAlive: true });
  const ready = new Map(backends.map((backend) => [backend, true]));
  const ending = new AbortController();
  let turn = 0;
  let resent = 0;

  const polls = backends.map(async (backend) => {
    while (!ending.signal.aborted) {
      const response = await fetch(`${backend.url}/ready`).catch(() => null);
      ready.set(backend, response?.status === 200);
      await response?.body?.cancel();
      await sleep(POLL_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  });

  /** Backends in the order in which they are to be tried: the ready ones in turn, then the others. */
  function inOrder() {
    turn += 1;
    const rotated = backends.map((_, at) => backends[(at + turn) % backends.length]);
    return [
      ...rotated.filter((backend) => ready.get(backend)),
      ...rotated.filter((backend) => !ready.get(backend)),
    ];
  }

  async function forward(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // One more try than there are backends: each may close an idle connection, once.
    const tries = inOrder();
    for (const backend of [...tries, ...tries]) {
      try {
        const answer = await exchange(agent, backend, request, body);
        response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        return;
      } catch (error) {
        if (!error.untaken) break;
        resent += 1;
        if (error.code === 'ECONNREFUSED') ready.set(backend, false);
      }
    }
    response.writeHead(502).end('{"balancer":"no backend answered"}');
  }

  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** How often a request was sent again. */
    get resent() {
      return resent;
    },
    async close() {
      ending.abort();
      await Promise.all(polls);
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** @returns {Promise<import('node:http').IncomingMessage>} the answer, of which the body is still to come */
function exchange(agent, { port }, { method, url, headers }, body) {
  const sentAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path: url,
      headers: { ...withoutHopByHop(headers), 'content-length': body.length },
    });
    sent.once('response', resolve);
    sent.once('error', (error) => {
      const closedEarly = isClosed(error) && performance.now() - sentAt < TAKEN_AFTER_MS;
      reject(Object.assign(error, { untaken: error.code === 'ECONNREFUSED' || closedEarly }));
    });
    sent.end(body);
  });
}

function isClosed({ code }) {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** What is said of one connection does not hold for the other. */
function withoutHopByHop({ connection, 'keep-alive': _, 'transfer-encoding': __, ...headers }) {
  return headers;
}

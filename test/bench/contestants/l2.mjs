// L2: streams the upstream's bytes through. Nothing that touches them can be faster, so its row is the ceiling of
// the machine and of the load generator.
import { createServer } from 'node:http';
import { stream } from 'undici';
import { headers, listPath, serve, upstreamUrl } from './rest.mjs';

const PATH = /^\/sims\/(\w+)\?first=(\d+)$/;

serve(
  createServer((request, response) => {
    const [, sid = '', first] = PATH.exec(request.url ?? '') ?? [];
    const url = upstreamUrl + listPath(sid, Number(first));
    stream(url, { method: 'GET', headers, opaque: response }, ({ statusCode, headers: given }) => {
      response.writeHead(statusCode, {
        'content-type': 'application/json',
        'content-length': given['content-length'],
      });
      return response;
    }).catch(() => response.destroy());
  }),
);

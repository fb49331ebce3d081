// L1: what one writes without GraphQL: parse the page, take the wanted fields under their new names, write the answer.
import { createServer } from 'node:http';
import { connectionOf, fetchPage, serve } from './rest.mjs';

const PATH = /^\/sims\/(\w+)\?first=(\d+)$/;

serve(
  createServer((request, response) => {
    const [, sid = '', first] = PATH.exec(request.url ?? '') ?? [];
    answer(sid, Number(first)).then(
      (text) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      () => response.writeHead(502).end(),
    );
  }),
);

/**
 * @param {string} sid
 * @param {number} first
 */
async function answer(sid, first) {
  const dataSessions = connectionOf(await fetchPage(sid, first), (record) => ({
    sid: record.sid,
    start: record.start,
    end: record.end,
    packetsUploaded: record.packets_uploaded,
    packetsDownloaded: record.packets_downloaded,
    operatorName: record.operator_name,
    operatorMcc: record.operator_mcc,
  }));
  return JSON.stringify({ data: { sim: { sid, dataSessions } } });
}

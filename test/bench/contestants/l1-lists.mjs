// What one writes without GraphQL for the other lists: parse the pages, take or add up what is wanted, write the answer.
import { createServer } from 'node:http';
import { connectionOf, fetchJson, serve } from './rest.mjs';

/** @type {Record<string, (sid: string) => Promise<object>>} */
const ANSWERS = {
  async sims() {
    const page = await fetchJson('/v1/Sims?PageSize=50');
    return {
      sims: connectionOf(
        page,
        (sim) => ({
          sid: sim.sid,
          uniqueName: sim.unique_name,
          friendlyName: sim.friendly_name,
          status: sim.status.toUpperCase(),
          ratePlanSid: sim.rate_plan_sid,
          dateCreated: sim.date_created,
          dateUpdated: sim.date_updated,
          ipAddress: sim.ip_address,
        }),
        page.sims,
      ),
    };
  },

  async usage(sid) {
    const page = await fetchJson(
      `/v1/Sims/${sid}/UsageRecords?Start=2026-01-01T00:00:00Z&End=2026-01-31T23:59:59Z&Granularity=daily&PageSize=31`,
    );
    return {
      sim: {
        usageRecords: connectionOf(
          page,
          ({ period, data }) => ({
            period: { start: period.start, end: period.end },
            data: {
              upload: data.upload,
              download: data.download,
              total: data.total,
              units: data.units,
              billed: data.billed,
            },
          }),
          page.usage_records,
        ),
      },
    };
  },

  async groups(sid) {
    /** @type {Map<string, any>} */
    const groups = new Map();
    let path = `/v1/Sims/${sid}/DataSessions?PageSize=1000`;
    for (;;) {
      const { data_sessions: sessions, meta } = await fetchJson(path);
      for (const session of sessions) {
        const day = session.start.slice(0, 10);
        const key = `${day} ${session.operator_country}`;
        let group = groups.get(key);
        if (group === undefined) {
          const dimensions = { day, operatorCountry: session.operator_country };
          group = { dimensions, count: 0, packetsUploaded: 0, packetsDownloaded: 0, durationSeconds: 0 };
          groups.set(key, group);
        }
        group.count += 1;
        group.packetsUploaded += session.packets_uploaded;
        group.packetsDownloaded += session.packets_downloaded;
        group.durationSeconds += Math.round(
          (Date.parse(session.end ?? session.last_updated) - Date.parse(session.start)) / 1000,
        );
      }
      if (meta.next_page_url === null) break;
      path = new URL(meta.next_page_url).pathname + new URL(meta.next_page_url).search;
    }
    return { sim: { dataSessionGroups: { groups: [...groups.values()] } } };
  },
};

serve(
  createServer((request, response) => {
    const [, name = '', sid = ''] = (request.url ?? '').split('/');
    const answer = ANSWERS[name];
    if (answer === undefined) {
      response.writeHead(404).end();
      return;
    }
    answer(sid).then(
      (data) => {
        const text = JSON.stringify({ data });
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

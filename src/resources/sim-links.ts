import { isAbsent, isJsonObject, type ObjectCodec, text } from './codecs.js';
import { MalformedMember, malformed } from './member.js';

/** URLs of what belongs to a SIM in the upstream REST API. */
export interface SimLinks {
  readonly dataSessions: string | null;
  readonly ratePlan: string | null;
  readonly usageRecords: string | null;
}

const EXPECTED = 'an object of links';

const link = (description: string) => ({ type: 'String', nullable: true, description }) as const;

export const simLinks: ObjectCodec<SimLinks> = {
  kind: 'object',
  name: 'SimLinks',
  description: 'Where the upstream REST API has what belongs to a SIM. The graph needs none of these.',
  fields: {
    dataSessions: link('URL of its data sessions.'),
    ratePlan: link('URL of its rate plan.'),
    usageRecords: link('URL of its usage records.'),
  },
  decode(value, context) {
    if (isAbsent(value)) return null;
    if (!isJsonObject(value)) return malformed(EXPECTED, context);
    const dataSessions = text.decode(value.data_sessions, context);
    const ratePlan = text.decode(value.rate_plan, context);
    const usageRecords = text.decode(value.usage_records, context);
    for (const member of [dataSessions, ratePlan, usageRecords]) {
      if (member instanceof MalformedMember) return malformed(EXPECTED, context);
    }
    return { dataSessions, ratePlan, usageRecords } as SimLinks;
  },
};

import type { HttpMethod, ResetStatus, SimStatus } from '../../resources/records.js';
import { builder } from './builder.js';

const UNKNOWN = {
  value: 'unknown',
  description: 'A value that the upstream has learned since this schema was written.',
} as const;

export const SimStatusEnum = builder.enumType('SimStatus', {
  description: "Where a SIM is in its life, by the upstream's `status`.",
  values: {
    NEW: { value: 'new', description: 'Not yet registered to the account.' },
    READY: { value: 'ready', description: 'May use the network, and is not charged before it does.' },
    ACTIVE: { value: 'active', description: 'May use the network.' },
    SUSPENDED: { value: 'suspended', description: 'Blocked from the network for the time being.' },
    DEACTIVATED: { value: 'deactivated', description: 'Blocked from the network, and not charged.' },
    CANCELED: { value: 'canceled', description: 'Gone from the network for good.' },
    SCHEDULED: { value: 'scheduled', description: 'About to change to another status.' },
    UPDATING: { value: 'updating', description: 'Changing to another status.' },
    DELETED: { value: 'deleted', description: 'Deleted from the account (KORE Wireless only).' },
    UNKNOWN,
  } satisfies Record<string, { value: SimStatus; description: string }>,
});

export const ResetStatusEnum = builder.enumType('SimResetStatus', {
  description: "How far a reset of a SIM's connectivity is, by the upstream's `reset_status`.",
  values: {
    RESETTING: { value: 'resetting', description: 'A reset is under way.' },
    UNKNOWN,
  } satisfies Record<string, { value: ResetStatus; description: string }>,
});

const method = (value: HttpMethod) => ({ value, description: `HTTP ${value}.` });

export const HttpMethodEnum = builder.enumType('HttpMethod', {
  description: 'The HTTP method that the upstream calls a URL with.',
  values: {
    HEAD: method('HEAD'),
    GET: method('GET'),
    POST: method('POST'),
    PATCH: method('PATCH'),
    PUT: method('PUT'),
    DELETE: method('DELETE'),
    UNKNOWN,
  },
});

/** Base URLs of the vendors' public APIs, by dialect. */
export const PUBLIC_BASE = {
  twilio: 'https://wireless.twilio.com',
  kore: 'https://programmable-wireless.api.korewireless.com',
} as const;

/** Where KORE issues access tokens. */
export const DEFAULT_KORE_TOKEN_URL = 'https://api.korewireless.com/api-services/v1/auth/token';

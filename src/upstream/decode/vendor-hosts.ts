/**
 * The API's names under its vendors' domains: accounts have moved from one vendor to the other, and Twilio has regional
 * hosts such as `wireless.dublin.ie1.twilio.com`.
 */
const VENDOR_HOST =
  /^(?:wireless(?:\.[a-z0-9-]+){0,2}\.twilio|programmable-wireless(?:\.[a-z0-9-]+){0,3}\.korewireless)\.com$/;

/** Whether the API may call itself by a host name in page URLs. Nothing is ever sent there. */
export function isVendorHost(hostname: string): boolean {
  return VENDOR_HOST.test(hostname);
}

import { Random } from './random.js';

/** A network and its location. The codes are strings, because their leading zeros are significant. */
export interface Network {
  readonly mcc: string;
  readonly mnc: string;
  readonly country: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

const NETWORKS: readonly [Network, ...Network[]] = [
  { mcc: '262', mnc: '01', country: 'DEU', name: 'Telekom', lat: 53.55, lon: 9.99 },
  { mcc: '262', mnc: '02', country: 'DEU', name: 'Vodafone', lat: 52.52, lon: 13.4 },
  { mcc: '310', mnc: '260', country: 'USA', name: 'T-Mobile', lat: 47.61, lon: -122.33 },
  { mcc: '310', mnc: '410', country: 'USA', name: 'AT&T', lat: 37.77, lon: -122.42 },
  { mcc: '234', mnc: '15', country: 'GBR', name: 'Vodafone', lat: 51.51, lon: -0.13 },
  { mcc: '208', mnc: '01', country: 'FRA', name: 'Orange', lat: 48.86, lon: 2.35 },
  { mcc: '204', mnc: '04', country: 'NLD', name: 'Vodafone', lat: 51.92, lon: 4.48 },
];

/** Data that the sessions of one SIM share: the device and the networks it uses. */
export interface Device {
  readonly imei: string;
  readonly networks: readonly [Network, ...Network[]];
}

/** Returns the device of a SIM. */
export function deviceOf(simSid: string, seed: number): Device {
  const random = new Random(`${seed} device ${simSid}`);
  const home = random.pick(NETWORKS);
  return {
    imei: withCheckDigit(`35${random.digits(12)}`),
    // Mostly the home network, sometimes another one.
    networks: [home, home, home, home, random.pick(NETWORKS), random.pick(NETWORKS)],
  };
}

/** Appends the Luhn check digit of an IMEI to fourteen digits. */
function withCheckDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits + ((10 - (sum % 10)) % 10);
}

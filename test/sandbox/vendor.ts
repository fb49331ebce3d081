import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The vendor's packages are installed separately, because they have hundreds of dependencies. */
const require = createRequire(new URL('../peers/package.json', import.meta.url));

export const VENDOR_ORIGIN = 'https://wireless.twilio.com';

interface RequestOptions {
  readonly uri: string;
}

interface RequestClient {
  request(options: RequestOptions): Promise<unknown>;
}

interface Listed {
  readonly sid: string | null;
  toJSON(): Record<string, unknown>;
}

interface Fetched extends Listed {
  readonly status: string;
}

interface UsageRecords {
  list(options: { start: Date; end: Date; granularity: string; pageSize: number }): Promise<Listed[]>;
}

/** The part of the SDK that the tests use. */
export interface VendorClient {
  readonly wireless: {
    readonly v1: {
      readonly sims: {
        (
          sid: string,
        ): {
          fetch(): Promise<Fetched>;
          readonly dataSessions: { list(options: { pageSize: number }): Promise<Listed[]> };
          readonly usageRecords: UsageRecords;
        };
        list(options: { pageSize: number; status?: string }): Promise<Fetched[]>;
      };
      readonly usageRecords: UsageRecords;
      readonly ratePlans: {
        (sid: string): { fetch(): Promise<Listed> };
        list(options: { pageSize: number }): Promise<Listed[]>;
      };
      readonly commands: {
        (sid: string): { fetch(): Promise<Listed> };
        list(options: { pageSize: number; sim?: string; direction?: string }): Promise<Listed[]>;
      };
    };
  };
}

interface VendorSdk {
  new (
    user: string,
    password: string,
    options: { accountSid: string; httpClient: RequestClient },
  ): VendorClient;
  readonly RequestClient: new () => RequestClient;
}

interface SdkCredentials {
  readonly user: string;
  readonly password: string;
  readonly accountSid: string;
}

/** The vendor's unchanged SDK, with an HTTP client for another origin. */
export function vendorClient(origin: string, { user, password, accountSid }: SdkCredentials): VendorClient {
  const Sdk: VendorSdk = require('twilio');
  const http = new Sdk.RequestClient();
  return new Sdk(user, password, {
    accountSid,
    httpClient: {
      request: (options) => http.request({ ...options, uri: options.uri.replace(VENDOR_ORIGIN, origin) }),
    },
  });
}

interface Validate {
  (value: unknown): boolean;
  readonly errors?: unknown;
}

interface Ajv {
  addFormat(name: string, format: boolean): void;
  addSchema(schema: unknown, key: string): void;
  compile(schema: unknown): Validate;
}

interface Schema {
  type?: string;
  nullable?: boolean;
  enum?: (string | null)[];
  readonly properties: Record<string, Schema>;
}

/** The part of the vendor's OpenAPI document that the tests use. */
interface Document {
  readonly components: { readonly schemas: Record<string, Schema> };
}

interface Contract {
  /** Validates the response to a GET. @returns the errors, or `null` */
  complaints(documentPath: string, body: unknown): unknown;
  /** Returns the names of the members of a schema. */
  members(schema: string): string[];
}

/** Creates a validator of responses from the vendor's OpenAPI document. */
export function vendorContract(): Contract {
  const file = require.resolve('@twilio/cli-core/src/services/twilio-api/twilio_wireless_v1.json');
  const document: Document = JSON.parse(readFileSync(file, 'utf8'));
  const { schemas } = document.components;
  for (const { properties } of Object.values(schemas)) {
    for (const member of Object.values(properties ?? {})) {
      // The validator rejects `nullable` without a type, and null if an enum does not list it.
      if (member.type === undefined) delete member.nullable;
      if (member.nullable) member.enum?.push(null);
    }
  }
  // The document's example of a SIM has null here, which its schema does not allow.
  const reset = schemas.sim_enum_reset_status;
  if (reset) Object.assign(reset, { nullable: true, enum: [...(reset.enum ?? []), null] });

  const { default: AjvClass }: { default: new (options: object) => Ajv } = require('ajv');
  const { default: addFormats }: { default: (ajv: Ajv) => void } = require('ajv-formats');
  const ajv = new AjvClass({ strict: false, allErrors: true });
  addFormats(ajv);
  for (const format of ['uri-map', 'http-method']) ajv.addFormat(format, true);
  ajv.addSchema(document, 'wireless');
  return {
    complaints(documentPath, body) {
      const pointer = documentPath.replaceAll('/', '~1');
      const validate = ajv.compile({
        $ref: `wireless#/paths/${pointer}/get/responses/200/content/application~1json/schema`,
      });
      return validate(body) ? null : validate.errors;
    },
    members: (schema) => Object.keys(schemas[schema]?.properties ?? {}),
  };
}

import manifest from '../package.json' with { type: 'json' };

/** Version of the gateway. */
export const VERSION: string = manifest.version;

/** Invalid environment variables. The message is one line that names each of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Environment variables that do not make sense. The message is one line, and names each of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

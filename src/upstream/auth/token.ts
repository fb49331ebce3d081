/** An access token. */
export interface Token {
  /** Value of the `Authorization` header. */
  readonly header: string;
  readonly lifeMs: number;
  /** When the token request was sent, in the time of `Clock.now`: the lifetime may have started then. */
  readonly sentAt: number;
}

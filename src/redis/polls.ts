import type { PollNews, SharedPolls } from '../upstream/shared/shared-state.js';
import type { RedisClient } from './client.js';
import type { RedisParts } from './parts.js';
import type { Vault } from './vault.js';

/**
 * The channels on which instances tell each other that they have polled a list. They need a connection of their own, which is
 * opened for the first list that is watched. While there is none, each instance polls by itself.
 */
export class PollChannels {
  readonly #connect: () => RedisClient;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  #client: RedisClient | null = null;

  /** @param connect - creates a client that is not connected */
  constructor(connect: () => RedisClient) {
    this.#connect = connect;
  }

  /** @returns function that stops listening */
  listen(channel: string, listener: (message: string) => void): () => void {
    const client = this.#open();
    let listeners = this.#listeners.get(channel);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(channel, listeners);
      if (client.status === 'ready') client.subscribe(channel).catch(ignore);
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      if (client.status === 'ready') client.unsubscribe(channel).catch(ignore);
    };
  }

  close(): void {
    this.#client?.disconnect();
  }

  #open(): RedisClient {
    if (this.#client !== null) return this.#client;
    const client = this.#connect();
    this.#client = client;
    // The client that sends commands reports that Redis cannot be reached.
    client.on('error', ignore);
    client.on('ready', () => {
      const channels = [...this.#listeners.keys()];
      if (channels.length > 0) client.subscribe(...channels).catch(ignore);
    });
    client.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message);
    });
    client.connect().catch(ignore);
    return client;
  }
}

/** News about the polls of an account's lists. */
export class RedisPolls implements SharedPolls {
  readonly #parts: RedisParts;
  readonly #channels: PollChannels;
  readonly #vault: Vault;
  readonly #account: string;

  constructor(parts: RedisParts, channels: PollChannels, vault: Vault, account: string) {
    this.#parts = parts;
    this.#channels = channels;
    this.#vault = vault;
    this.#account = account;
  }

  listen(list: string, onPolled: (ageMs: number) => void): PollNews {
    const { availability, redis, instance } = this.#parts;
    const channel = this.#vault.name('polls', this.#account, list);
    const close = this.#channels.listen(channel, (message) => {
      const [sender, age] = message.split(' ');
      if (sender !== instance) onPolled(Number(age));
    });
    return {
      announce(ageMs) {
        const message = `${instance} ${Math.ceil(ageMs)}`;
        void availability.write('polls', () => redis.publish(channel, message));
      },
      close,
    };
  }
}

function ignore(): void {}

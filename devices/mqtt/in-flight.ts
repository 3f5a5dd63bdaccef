/** Why a message was not taken by the broker. */
export class PublishError extends Error {
  /**
   * offline: there is no connection, or it was lost before the broker answered. full: as many are on their way as may be.
   * refused: the broker does not take it now (`code` says why). unfit: the broker will never take this one.
   */
  readonly kind: 'offline' | 'full' | 'refused' | 'unfit';
  /** Reason code of MQTT 5, where the broker gave one. */
  readonly code: number | null;

  constructor(kind: PublishError['kind'], message: string, code: number | null = null) {
    super(message);
    this.name = 'PublishError';
    this.kind = kind;
    this.code = code;
  }
}

/** Called once: null at the broker's acknowledgement. */
export type Published = (error: PublishError | null) => void;

/** Ids above are for the subscriptions of mqtt.js. */
export const lastPublishId = 65_000;

/** QoS 1 messages that the broker has not acknowledged, by packet id. */
export class InFlight {
  readonly #waiting = new Map<number, Published>();
  #id = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Gives an id that no message on its way has: counting alone would, after 65,000 more, take that of one that hangs. */
  add(published: Published): number {
    do this.#id = (this.#id % lastPublishId) + 1;
    while (this.#waiting.has(this.#id));
    this.#waiting.set(this.#id, published);
    return this.#id;
  }

  /** False: no message has this id. */
  settle(id: number, error: PublishError | null): boolean {
    const published = this.#waiting.get(id);
    if (published === undefined) return false;
    this.#waiting.delete(id);
    published(error);
    return true;
  }

  failAll(error: PublishError): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const published of waiting) published(error);
  }
}

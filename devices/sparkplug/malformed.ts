/** Bytes that are no Sparkplug payload: the one thing that decoding throws. The message says what was expected, at which byte. */
export class MalformedPayload extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'MalformedPayload';
  }
}

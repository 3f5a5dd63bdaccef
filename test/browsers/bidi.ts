/** A WebDriver BiDi connection: https://w3c.github.io/webdriver-bidi/ */
export interface Bidi {
  /** Sends a command and gives its result. Rejects with the browser's own words, or after timeoutMs. */
  send<T = unknown>(method: string, params: object, timeoutMs?: number): Promise<T>;
}

interface Message {
  readonly type: 'success' | 'error' | 'event';
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

export async function connectBidi(address: string): Promise<Bidi> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (message: Message) => void>();
  const failAll = (why: string): void =>
    waiting.forEach((answer, id) => answer({ type: 'error', id, error: 'connection', message: why }));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`no WebDriver BiDi at ${address}`)), { once: true });
  });
  socket.addEventListener('close', () => failAll('the browser closed the connection'));
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  let count = 0;
  return {
    send<T>(method: string, params: object, timeoutMs = 30_000) {
      const id = ++count;
      return new Promise<T>((resolve, reject) => {
        const timer = setTimeout(
          () => waiting.get(id)?.({ type: 'error', message: `no answer after ${timeoutMs} ms` }),
          timeoutMs,
        );
        waiting.set(id, ({ type, result, error, message }) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (type === 'success') resolve(result as T);
          else reject(new Error(`${method}: ${error ?? 'failed'}: ${message ?? ''}`));
        });
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
  };
}

import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { createWebSocketStream, WebSocket, WebSocketServer } from 'ws';

/** The sub-protocol of MQTT 3.1.1 and 5 (MQTT 5 section 6.0). */
const protocol = 'mqtt';

export interface WebSocketTls extends SecureContextOptions {
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** A stream of bytes over a WebSocket, opened now. */
export function openWebSocket(url: string, options: { readonly tls: WebSocketTls | null; readonly timeoutMs: number }): Duplex {
  const socket = new WebSocket(url, protocol, {
    ...options.tls,
    perMessageDeflate: false,
    handshakeTimeout: options.timeoutMs,
    // A frame of a broker holds a few packets; the frame reader bounds those.
    maxPayload: 64 << 20,
  });
  return streamOf(socket);
}

/** Gives the stream of each WebSocket that somebody opens at `server` and `mayOpen` agrees to. */
export function acceptWebSockets(
  server: Server,
  listener: { mayOpen(origin: string | undefined): boolean; opened(stream: Duplex): void },
): { close(): void } {
  const accepting = new WebSocketServer({
    server,
    perMessageDeflate: false,
    maxPayload: 1 << 20,
    verifyClient: ({ origin }: { origin: string | undefined }) => listener.mayOpen(origin),
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  // Those of the HTTP server (a port that is taken), which come here too.
  accepting.on('error', () => {});
  accepting.on('connection', (socket) => listener.opened(streamOf(socket)));
  return {
    close() {
      for (const client of accepting.clients) client.terminate();
      accepting.close();
    },
  };
}

function streamOf(socket: WebSocket): Duplex {
  const stream = createWebSocketStream(socket);
  socket.on('close', () => stream.destroy());
  return stream;
}

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { InputError } from '../../compiler/error.ts';
import { acceptWebSockets } from './websocket.ts';

/** A broker in this process, for a first try without installing one. */
export interface EmbeddedBroker {
  /** mqtt:// on loopback. */
  readonly url: string;
  /** ws:// on loopback, for the monitor page. */
  readonly webSocketUrl: string;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Ports on loopback; 0: any that is free. */
  readonly port: number;
  readonly webSocketPort: number;
}

export const embeddedDefaults: EmbeddedOptions = { port: 0, webSocketPort: 0 };

const host = '127.0.0.1';

/** Starts aedes on loopback: MQTT 3.1.1, retained messages and wills in memory only. Throws where a port is taken. */
export async function startEmbeddedBroker(options: EmbeddedOptions = embeddedDefaults): Promise<EmbeddedBroker> {
  // The limit of 23 characters for ids is one of MQTT 3.1.
  const broker = await Aedes.createBroker({ maxClientsIdLength: 256 });
  const tcp = createServer((socket) => void broker.handle(socket.setNoDelay(true)));
  const http = createHttpServer((_, response) => response.writeHead(426).end('This is MQTT over WebSocket.\n'));
  const sockets = acceptWebSockets(http, { mayOpen, opened: (stream) => void broker.handle(stream) });
  try {
    const [port, webSocketPort] = [await listen(tcp, options.port), await listen(http, options.webSocketPort)];
    return {
      url: `mqtt://${host}:${port}`,
      webSocketUrl: `ws://${host}:${webSocketPort}`,
      async close() {
        sockets.close();
        await new Promise<void>((resolve) => broker.close(resolve));
        tcp.close();
        http.close();
        http.closeAllConnections();
      },
    };
  } catch (error) {
    for (const server of [tcp, http]) server.close();
    broker.close();
    throw error;
  }
}

/**
 * Whether a page may connect. Browsers let any page on the web open a WebSocket to this machine, and say only whose page it is: so pages of
 * this machine may, those from a file (the monitor page; their origin is null), and programs that are no browser.
 */
export function mayOpen(origin: string | undefined): boolean {
  if (origin === undefined || origin === 'null' || origin === 'file://') return true;
  return URL.canParse(origin) && ['localhost', host, '[::1]'].includes(new URL(origin).hostname);
}

async function listen(
  server: Pick<Server, 'listen' | 'address' | 'once' | 'on'> & NodeJS.EventEmitter,
  port: number,
): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new InputError(
      {
        where: 'embedded broker',
        what: `port ${port} of ${host} cannot be opened: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'}`,
        hint: 'Give another port, or 0 for any that is free.',
      },
      { cause },
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

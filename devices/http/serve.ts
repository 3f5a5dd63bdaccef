import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';

/** Answers a GET (or HEAD) of its path. */
export type Route = (query: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

export interface ServeOptions {
  /** `host:port`, `[::1]:port` or a port on loopback; port 0: any that is free. */
  readonly listen: string;
  /** For errors, the place in the config or the flag that says `listen`. */
  readonly where: string;
  /** Connections at the same time. */
  readonly maxConnections: number;
  readonly log: Log;
}

export interface Served {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A small server that only tells: GET and HEAD of a few paths, no bodies, no cookies, nothing for pages of other origins.
 * Throws an InputError where it cannot listen.
 */
export async function serve(options: ServeOptions, routes: Readonly<Record<string, Route>>): Promise<Served> {
  const { host, port } = parseListen(options.listen, options.where);
  const checkHost = isLoopback(host);
  const server = createServer(
    // A scrape or a page takes milliseconds: whoever trickles bytes only holds a connection.
    {
      maxHeaderSize: 8192,
      headersTimeout: 5000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 5000,
    },
    (request, response) => void answer(request, response, { routes, checkHost, log: options.log }),
  );
  server.maxConnections = options.maxConnections;
  server.maxRequestsPerSocket = 1000;
  const bound = await listen(server, host, port, options.where);
  return {
    host,
    port: bound,
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function sendText(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

export const sendJson = (response: ServerResponse, status: number, value: unknown): void =>
  sendText(response, status, `${JSON.stringify(value)}\n`, 'application/json; charset=utf-8');

/** Reads a listen address. Throws an InputError where it is none. */
export function parseListen(text: string, where: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) {
    throw new InputError({
      where,
      what: `expected host:port, found ${JSON.stringify(text)}`,
      hint: 'Write it like 127.0.0.1:9464, or [::]:9464 for all addresses of this machine.',
    });
  }
  return { host: parts[1] ?? parts[2] ?? '127.0.0.1', port };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

async function listen(server: Server, host: string, port: number, where: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new InputError(
      {
        where,
        what: `port ${port} of ${host} cannot be opened: ${code === 'EADDRINUSE' ? 'another program uses it' : code}`,
        hint: 'Choose another host and port, or 0 for any port that is free.',
      },
      { cause },
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    routes,
    checkHost,
    log,
  }: { readonly routes: Readonly<Record<string, Route>>; readonly checkHost: boolean; readonly log: Log },
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  request.on('error', () => {});
  response.on('error', () => {});
  if (request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0) {
    response.setHeader('connection', 'close');
    return sendText(response, 413, 'A body is not read here.\n');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return sendText(response, 405, 'Only GET and HEAD.\n');
  }
  // A page of the web that has its own name point to 127.0.0.1 (DNS rebinding) would else read what only this machine should.
  if (checkHost && !isOwnName(request.headers.host)) return sendText(response, 421, 'This server is called localhost.\n');
  const url = parseUrl(`http://localhost${request.url ?? ''}`);
  const route = url !== null && Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
  if (url === null || route === undefined) return sendText(response, 404, 'There is nothing here.\n');
  try {
    await route(url.searchParams, response, request);
  } catch (error) {
    if (error instanceof RangeError) return sendText(response, 400, `${error.message}\n`);
    log.error('a request could not be answered', { path: url.pathname, problem: String(error) });
    if (response.headersSent) response.destroy();
    else sendText(response, 500, 'Something is wrong here: see the log.\n');
  }
}

/** Whether a Host header names this machine, with any port: a tunnel has its own. */
function isOwnName(host: string | undefined): boolean {
  const url = host === undefined ? null : parseUrl(`http://${host}`);
  return url !== null && isLoopback(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);

/** A whole number of the query. Throws a RangeError, which becomes an answer of 400. */
export function readCount(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1 || Number(text) > most) {
    throw new RangeError(`${name}: expected a whole number from 1 to ${most}, found ${JSON.stringify(text.slice(0, 40))}`);
  }
  return Number(text);
}

import { createServer, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { OpenTab } from './define.ts';

/** A web server for tests. Whatever engine opens a page of it, the page reports its result here: see pages/report.ts. */
export interface Site {
  readonly origin: string;
  /** Opens the page of a script and gives what it reports. Rejects with what it threw, or with what the browser said. */
  visit<T>(browser: OpenTab, script: string, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

type Report = { readonly value: unknown } | { readonly error: string };

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface SiteOptions {
  /** Sent with every response. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether files are sent as gzip, and how many bytes that were. */
  readonly onGzipped?: (bytes: number) => void;
}

/** Serves the files of a folder. `/page/x` is a page that runs `/x.js` as a module. */
export async function openSite(folder: string, { headers = {}, onGzipped }: SiteOptions = {}): Promise<Site> {
  const waiting = new Map<string, (report: Report) => void>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (pathname === '/report') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      waiting.get(searchParams.get('run') ?? '')?.(JSON.parse(Buffer.concat(chunks).toString()) as Report);
      response.end();
    } else if (pathname.startsWith('/page/')) {
      response.setHeader('Content-Type', types['.html']!);
      const script = `${pathname.slice('/page'.length)}.js`;
      response.end(`<!doctype html><title>test</title><script type="module" src="${script}"></script>`);
    } else await sendFile(folder, pathname, response, onGzipped);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let runs = 0;
  return {
    origin,
    async visit<T>(browser: OpenTab, script: string, timeoutMs = 30_000) {
      const run = String(++runs);
      const [name, query] = script.split('?');
      let timer: NodeJS.Timeout | undefined;
      const reported = new Promise<Report>((resolve) => {
        waiting.set(run, resolve);
        timer = setTimeout(() => resolve({ error: `no report after ${timeoutMs} ms` }), timeoutMs);
      });
      await browser.open(`${origin}/page/${name}?${new URLSearchParams(`${query ?? ''}&run=${run}`)}`);
      const report = await reported;
      clearTimeout(timer);
      waiting.delete(run);
      if ('error' in report) throw new Error(`${script}: ${report.error}\nThe browser said:\n${browser.said().slice(-3000)}`);
      return report.value as T;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Packed once: of a server that packs anew at each request one would measure the packing. */
const gzipped = new Map<string, Buffer>();

async function sendFile(
  folder: string,
  pathname: string,
  response: ServerResponse,
  onGzipped: SiteOptions['onGzipped'],
): Promise<void> {
  try {
    const content = await readFile(join(folder, normalize(pathname)));
    const type = types[extname(pathname)];
    if (type !== undefined) response.setHeader('Content-Type', type);
    if (onGzipped === undefined) response.end(content);
    else {
      const packed = gzipped.get(pathname) ?? gzipSync(content);
      gzipped.set(pathname, packed);
      onGzipped(packed.length);
      response.setHeader('Content-Encoding', 'gzip');
      response.end(packed);
    }
  } catch {
    response.statusCode = 404;
    response.end(`${pathname} is not here`);
  }
}

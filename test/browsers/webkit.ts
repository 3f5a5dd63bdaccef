import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './define.ts';
import { firstMissing } from './expected.ts';
import { startProgram, type Program } from './program.ts';

const driver = '/usr/bin/WebKitWebDriver';
const xServer = '/usr/bin/Xvfb';
/** The folder is named after the architecture and the version of the library's interface. */
const miniBrowser = globSync('/usr/lib/*/webkit2gtk-4.*/MiniBrowser')[0] ?? '/usr/lib/webkit2gtk/MiniBrowser';

export const webkit: Engine = {
  name: 'WebKitGTK',
  missing: () => firstMissing([driver, miniBrowser, xServer], 'apt-get install webkit2gtk-driver xvfb'),
  async launch() {
    const home = mkdtempSync(join(tmpdir(), 'sandglass-webkit-'));
    const programs: Program[] = [];
    const said = (): string => programs.map((program) => program.said()).join('');
    const close = async (): Promise<void> => {
      for (const program of programs.toReversed()) await program.end();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      // It has no headless mode. Xvfb finds a free display by itself and tells which on descriptor 3.
      const screen = startProgram(xServer, ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp']);
      programs.push(screen);
      const display = await screen.until((text) => /^(\d+)$/m.exec(text)?.[1] ?? null);
      const port = await freePort();
      const environment = { DISPLAY: `:${display}`, HOME: home, XDG_RUNTIME_DIR: home, NO_AT_BRIDGE: '1' };
      programs.push(startProgram(driver, [`--port=${port}`], environment));
      const { send, get } = await connect(`http://127.0.0.1:${port}`);
      return {
        open: async (url) => void (await send('url', { url })),
        evaluate: (expression) => send('execute/sync', { script: `return (${expression});`, args: [] }),
        // The window has borders and a bar of tools, as large as it likes.
        async resize(width, height) {
          await send('window/rect', { width, height });
          const borders = await send('execute/sync', {
            script: 'return [outerWidth - innerWidth, outerHeight - innerHeight];',
            args: [],
          });
          const [across, down] = borders as [number, number];
          await send('window/rect', { width: width + across, height: height + down });
        },
        screenshot: async () => Buffer.from(String(await get('screenshot')), 'base64'),
        said,
        close,
      };
    } catch (cause) {
      await close();
      throw new Error(`WebKitGTK does not start: ${String(cause)}\n${said().slice(-2000)}`, { cause });
    }
  },
};

/** A port that nobody listens on: the driver cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Session {
  send(command: string, body: object): Promise<unknown>;
  get(what: string): Promise<unknown>;
}

/** A WebDriver session (https://www.w3.org/TR/webdriver2/) as soon as the driver answers. */
async function connect(driverUrl: string): Promise<Session> {
  const request = async (path: string, body: object | null): Promise<unknown> => {
    const response = await fetch(`${driverUrl}/${path}`, {
      ...(body === null ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  };
  await untilListening(driverUrl);
  const browser = { 'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] } };
  const { sessionId } = (await request('session', { capabilities: { alwaysMatch: browser } })) as { sessionId: string };
  return {
    send: (command, body) => request(`session/${sessionId}/${command}`, body),
    get: (what) => request(`session/${sessionId}/${what}`, null),
  };
}

async function untilListening(url: string): Promise<void> {
  for (const started = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      await fetch(`${url}/status`);
      return;
    } catch (cause) {
      if (performance.now() - started > 20_000) throw cause;
    }
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './define.ts';
import { firstMissing } from './expected.ts';
import { connectBidi, type Bidi } from './bidi.ts';
import { startProgram } from './program.ts';

const executable = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';

/** Nothing but the page that is asked for, and no network of the browser's own. */
const quiet = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/** lavapipe and its like are on the block list. */
const webgpuPreferences = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };

export const firefox: Engine = {
  name: 'Firefox',
  missing: () => firstMissing([executable], 'apt-get install firefox-esr mesa-vulkan-drivers, or set FIREFOX'),
  async launch({ webgpu = false } = {}) {
    const home = mkdtempSync(join(tmpdir(), 'sandglass-firefox-'));
    const profile = join(home, 'profile');
    mkdirSync(profile);
    const preferences = Object.entries({ ...quiet, ...(webgpu ? webgpuPreferences : {}) });
    writeFileSync(
      join(profile, 'user.js'),
      preferences.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''),
    );
    const program = startProgram(
      executable,
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
      { HOME: home },
    );
    const close = async (): Promise<void> => {
      await program.end();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      const address = await program.until((said) => /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1] ?? null);
      const bidi = await connectBidi(`${address}/session`);
      await bidi.send('session.new', { capabilities: {} });
      const { contexts } = await bidi.send<{ contexts: { context: string }[] }>('browsingContext.getTree', {});
      const { context } = contexts[0]!;
      return {
        open: async (url) => void (await bidi.send('browsingContext.navigate', { context, url, wait: 'complete' })),
        evaluate: (expression) => evaluate(bidi, context, expression),
        resize: async (width, height) =>
          void (await bidi.send('browsingContext.setViewport', { context, viewport: { width, height } })),
        async screenshot() {
          const { data } = await bidi.send<{ data: string }>('browsingContext.captureScreenshot', { context });
          return Buffer.from(data, 'base64');
        },
        said: program.said,
        close,
      };
    } catch (cause) {
      await close();
      throw new Error(`Firefox does not start: ${String(cause)}\n${program.said().slice(-2000)}`, { cause });
    }
  },
};

/** https://w3c.github.io/webdriver-bidi/#type-script-EvaluateResult */
type EvaluateResult =
  | { readonly type: 'success'; readonly result: { readonly value?: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } };

/** BiDi describes values in a form of its own: a text of JSON passes through as it is. */
async function evaluate(bidi: Bidi, context: string, expression: string): Promise<unknown> {
  const answer = await bidi.send<EvaluateResult>('script.evaluate', {
    expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
    target: { context },
    awaitPromise: true,
  });
  if (answer.type === 'exception') throw new Error(`${expression}: ${answer.exceptionDetails.text}`);
  return JSON.parse(answer.result.value!);
}

import { serve, type Port } from '../../../runtime-js/worker/host.ts';

// A worker that takes six times as long. Developer tools slow down the page's own thread only, so this one is kept busy: what took t to
// answer is answered after 6 t. Asked at the end, it tells how long that was for each message: to tell at once would cost the page its time.

const slowdown = 6;
const busyMs: number[] = [];
const busy = new BroadcastChannel('busy');
busy.addEventListener('message', () => tell(busy));
let startedMs = 0;

const port: Port = {
  addEventListener: (_, listener) =>
    addEventListener('message', (event) => {
      startedMs = performance.now();
      listener(event);
    }),
  postMessage(message, options) {
    // News are no answer, and follow one.
    const untilMs = message.kind === 'info' ? 0 : startedMs + slowdown * (performance.now() - startedMs);
    while (performance.now() < untilMs);
    if (message.kind === 'result') busyMs.push(performance.now() - startedMs);
    postMessage(message, options);
  },
};
serve(port);

// oxlint-disable-next-line require-post-message-target-origin -- a channel has none
const tell = (channel: BroadcastChannel): void => channel.postMessage(busyMs);

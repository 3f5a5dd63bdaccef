import type { AsyncModel } from '../../../../runtime-js/async-model.ts';
import { loadInWorker } from '../../../../runtime-js/worker/client.ts';
import type { Setup } from '../carried.ts';
import { Badge } from './badge.ts';
import { element, setText } from './dom.ts';
import { acceptDrops } from './drop.ts';
import { Monitor } from './monitor.ts';
import { keepOffline } from './offline.ts';
import { RateMeter } from './rate.ts';
import { redrawer } from './redraw.ts';
import { readPart, readSetup, readWorkerScript } from './setup.ts';
import { EngineView, type Backend } from './views/engine.ts';
import { footer } from './views/footer.ts';
import { LatentView } from './views/latent.ts';
import { SourcePanel } from './views/source-panel.ts';
import { monitorViews } from './views/table.ts';

const setup = readSetup();
const place = document.getElementById('page')!;

start(setup).catch((error: unknown) =>
  place.replaceChildren(
    element('h1', {}, setup.title),
    element('p', { role: 'alert' }, `The monitor cannot start: ${error instanceof Error ? error.message : String(error)}`),
  ),
);

async function start({ title, serviceWorker }: Setup): Promise<void> {
  const artifact = await readPart('artifact');
  const script = URL.createObjectURL(new Blob([await readWorkerScript()], { type: 'text/javascript' }));
  const open = (backend: Backend): Promise<AsyncModel> =>
    loadInWorker(artifact, { backend, batch: 64, worker: () => new Worker(script) });
  // The second one answers questions about single windows and codes, so that the first is left alone.
  const [model, analyst] = await Promise.all([open('wasm'), open('wasm')]);
  const { manifest } = model.info;

  const chip = element('a', { class: 'chip', href: '#data' }, 'Data');
  const trouble = element('p', { class: 'trouble', role: 'alert', hidden: true });
  const monitor = watched(model, analyst, title, trouble);
  const views = monitorViews(manifest);
  const rate = new RateMeter();
  const redraw = redrawer([
    () => views.state.show(monitor, rate.look(monitor.samples, performance.now())),
    ...[views.chart, ...views.others].map((view) => () => view.show(monitor)),
  ]);
  monitor.onChange(redraw);
  const sources = new SourcePanel({ manifest, monitor, setup }, (source) => {
    trouble.hidden = true;
    setText(chip, monitor.stream.name);
    views.chart.span = source.label === 'CSV file' ? 'all' : '300';
  });
  const engine = new EngineView(model, { open, use: async (next) => (await monitor.swap(next)).dispose() });
  const foot = footer(manifest, model.info.artifactBytes);
  place.replaceChildren(
    element(
      'header',
      {},
      element('div', {}, element('p', { class: 'brand' }, 'Sandglass monitor'), element('h1', {}, title)),
      chip,
    ),
    element(
      'main',
      {},
      trouble,
      ...views.inOrder.map((view) => view.element),
      ...((await canGenerate(analyst)) ? [new LatentView(analyst, monitor).element] : []),
      sources.element,
      engine.element,
    ),
    foot.element,
  );
  acceptDrops((file) => void sources.open(file));
  // A stream that has stopped must be seen to have stopped.
  setInterval(redraw, 1000);
  sources.pick('example');
  foot.offline(await keepOffline(serviceWorker));
}

/** A monitor whose state is in the tab of the browser, and whose failures are on the page. */
function watched(model: AsyncModel, analyst: AsyncModel, title: string, trouble: HTMLElement): Monitor {
  const badge = new Badge(title);
  const monitor = new Monitor(model, analyst, (error) => {
    trouble.hidden = false;
    setText(trouble, `A score could not be computed: ${error instanceof Error ? error.message : String(error)}`);
  });
  monitor.onChange(() => badge.show(monitor.state));
  return monitor;
}

/** Whether the artifact is a variational autoencoder: another one refuses. */
async function canGenerate(model: AsyncModel): Promise<boolean> {
  if (model.latentSize === null) return false;
  try {
    await model.generate(0);
    return true;
  } catch {
    return false;
  }
}

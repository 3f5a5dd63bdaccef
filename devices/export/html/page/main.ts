import { Badge } from './badge.ts';
import { element, setText } from './dom.ts';
import { acceptDrops } from './drop.ts';
import { Monitor } from './monitor.ts';
import { keepOffline } from './offline.ts';
import { openModel } from './open-model.ts';
import { RateMeter } from './rate.ts';
import { redrawer } from './redraw.ts';
import { readPart, readSetup } from './setup.ts';
import { AlarmList } from './views/alarm-list.ts';
import { CausesView } from './views/causes.ts';
import { EngineView, type Backend } from './views/engine.ts';
import { footer } from './views/footer.ts';
import { LatentView } from './views/latent.ts';
import { PicturesView } from './views/pictures.ts';
import { ScoreChart } from './views/score-chart.ts';
import { SignalsView } from './views/signals.ts';
import { SourcePanel } from './views/source-panel.ts';
import { StateView } from './views/state.ts';

const setup = readSetup();
const place = document.getElementById('page')!;

try {
  await start();
} catch (error) {
  place.replaceChildren(
    element('h1', {}, setup.title),
    element('p', { role: 'alert' }, `The monitor cannot start: ${error instanceof Error ? error.message : String(error)}`),
  );
}

async function start(): Promise<void> {
  const artifact = await readPart('artifact');
  const script = URL.createObjectURL(new Blob([await readPart('worker')], { type: 'text/javascript' }));
  const open = (backend: Backend) => openModel(artifact, backend, () => new Worker(script));
  const model = await open('wasm');
  const { manifest } = model.info;
  const isPicture = manifest.input.image !== undefined;

  const chip = element('a', { class: 'chip', href: '#data' }, 'Data');
  const trouble = element('p', { class: 'trouble', role: 'alert', hidden: true });
  const badge = new Badge(setup.title);
  const rate = new RateMeter();
  const redraw = redrawer(() => draw());
  const monitor = new Monitor(model, {
    changed: () => {
      badge.show(monitor.state);
      redraw();
    },
    failed: (error) => {
      trouble.hidden = false;
      setText(trouble, `A score could not be computed: ${error instanceof Error ? error.message : String(error)}`);
    },
  });

  const state = new StateView(manifest);
  const chart = new ScoreChart(manifest.score.threshold);
  const behind = isPicture
    ? new PicturesView(manifest.input.image!, manifest.input.range)
    : new SignalsView(manifest);
  const alarms = new AlarmList();
  const views = [chart, behind, alarms, ...(isPicture ? [] : [new CausesView(manifest)])];
  const draw = (): void => {
    state.show(monitor, rate.look(monitor.samples, performance.now()));
    for (const view of views) view.show(monitor);
  };
  const sources = new SourcePanel({ manifest, monitor, setup }, (source) => {
    trouble.hidden = true;
    setText(chip, monitor.stream.name === '' ? source.label : monitor.stream.name);
    chart.span = source.label === 'CSV file' ? 'all' : '300';
  });
  const engine = new EngineView(model, {
    open,
    use: async (next) => (await monitor.swap(next)).dispose(),
  });
  const foot = footer(manifest, model.info.artifactBytes);
  const generative = await generativeModel(open);

  place.replaceChildren(
    element(
      'header',
      {},
      element('div', {}, element('p', { class: 'brand' }, 'Sandglass monitor'), element('h1', {}, setup.title)),
      chip,
    ),
    element(
      'main',
      {},
      trouble,
      state.element,
      ...(isPicture ? [behind.element] : views.filter((view) => view instanceof CausesView).map((view) => view.element)),
      chart.element,
      ...(isPicture ? [] : [behind.element]),
      ...(generative === null ? [] : [new LatentView(generative, monitor).element]),
      sources.element,
      alarms.element,
      engine.element,
    ),
    foot.element,
  );
  acceptDrops((file) => void sources.open(file));
  setInterval(redraw, 1000);
  sources.pick('example');
  foot.offline(await keepOffline(setup.serviceWorker));
}

/** A second model for what the user imagines, so that the one that scores is left alone; null: this artifact cannot generate. */
async function generativeModel(open: (backend: Backend) => ReturnType<typeof openModel>): Promise<Awaited<ReturnType<typeof openModel>> | null> {
  const model = await open('wasm');
  if (model.latentSize !== null) {
    try {
      await model.generate(0);
      return model;
    } catch {
      // An autoencoder that is not variational says so by an error.
    }
  }
  await model.dispose();
  return null;
}

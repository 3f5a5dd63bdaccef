import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { Monitor } from '../monitor.ts';
import { AlarmList } from './alarm-list.ts';
import { CausesView } from './causes.ts';
import { PicturesView } from './pictures.ts';
import { ScoreChart } from './score-chart.ts';
import { SignalsView } from './signals.ts';
import { StateView } from './state.ts';

/** A part of the page that shows what the monitor knows. */
export interface View {
  readonly element: HTMLElement;
  /** Draws what is new; false: nothing was. */
  show(monitor: Monitor): boolean;
}

export interface MonitorViews {
  readonly state: StateView;
  readonly chart: ScoreChart;
  readonly others: readonly View[];
  /** From top to bottom. */
  readonly inOrder: readonly { readonly element: HTMLElement }[];
}

/** What there is to show of an artifact: pixels are no sensors, so a picture stands where else the sensors behind a score are. */
export function monitorViews(manifest: Manifest): MonitorViews {
  const { image, range } = manifest.input;
  const [state, chart, alarms] = [new StateView(manifest), new ScoreChart(manifest.score.threshold), new AlarmList()];
  if (image !== undefined) {
    const pictures = new PicturesView(image, range);
    return { state, chart, others: [pictures, alarms], inOrder: [state, pictures, chart, alarms] };
  }
  const [causes, signals] = [new CausesView(manifest), new SignalsView(manifest)];
  return { state, chart, others: [causes, signals, alarms], inOrder: [state, causes, chart, alarms, signals] };
}

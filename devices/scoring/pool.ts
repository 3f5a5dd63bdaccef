import { nextAlarm, type AlarmState } from '../../runtime-js/artifact/alarm.ts';
import type { FaultCounts } from '../../runtime-js/feed.ts';
import type { IntakeState } from '../../runtime-js/intake.ts';
import type { TimelineState } from '../../runtime-js/timeline.ts';
import type { LoadedArtifact } from './artifact.ts';
import { intakesOf, type Intakes, type IntakeTarget } from './intakes.ts';
import { Published, type PublishedState, type PublishRule } from './publish.ts';
import { Rows } from './rows.ts';
import { Windows, type SavedWindow } from './windows.ts';

/** A window that was scored, or that was due without a score. */
export interface Scored {
  readonly sensor: string;
  /** Of the sensor: 1, 2, 3 ... over what is published. */
  readonly seq: number;
  /** Seconds since 1970 of the newest sample; null where samples come without time. */
  readonly time: number | null;
  readonly score: number | null;
  readonly alarm: boolean;
  readonly alarmChanged: boolean;
  /** Where the score is above the threshold. */
  readonly why: readonly { readonly channel: string; readonly share: number }[] | null;
}

/** All that a pool knows of a sensor, but for JSON the values. */
export interface SavedSensor {
  readonly sensor: string;
  readonly seq: number;
  readonly alarm: AlarmState;
  readonly published: PublishedState;
  readonly intake: TimelineState | IntakeState;
  readonly window: SavedWindow;
  /** Of a stateful model, u8[stateBytes]; empty for others. */
  readonly state: Uint8Array;
}

export interface PoolOptions {
  readonly publish: PublishRule;
  /** Channels that `why` names at most. */
  readonly why: number;
  readonly onPublished: (scored: Scored) => void;
}

/**
 * All sensors of one artifact: a window and an alarm each, scored together by `runBatch`. What is published comes in the order in
 * which windows became due, whatever the batches were.
 */
export class SensorPool implements IntakeTarget {
  readonly artifact: LoadedArtifact;
  readonly rows = new Rows();
  /** Windows that were due since the beginning, those without a score among them. */
  scores = 0;
  invalid = 0;
  alarms = 0;
  readonly #options: PoolOptions;
  readonly #intakes: Intakes;
  readonly #windows: Windows;
  readonly #published: Published;
  readonly #states: Uint8Array[] = [];
  readonly #due: { row: number; time: number | null; slot: number }[] = [];
  readonly #batch: Float32Array;
  readonly #sample: Float32Array;
  #filled = 0;
  #rate = 0;

  constructor(artifact: LoadedArtifact, options: PoolOptions) {
    const { manifest } = artifact;
    this.artifact = artifact;
    this.#options = options;
    this.#intakes = intakesOf(manifest, this);
    this.#windows = new Windows(manifest.input);
    this.#published = new Published(options.publish, manifest.score.threshold);
    this.#sample = new Float32Array(manifest.input.channelCount);
    this.#batch = new Float32Array(manifest.batch * manifest.input.size);
    this.rows.onGrown = (rows) => {
      this.#intakes.grow(rows);
      this.#windows.grow(rows);
      this.#published.grow(rows);
    };
  }

  /** Sensors in alarm now. */
  get inAlarm(): number {
    let count = 0;
    for (const row of this.rows.used()) if (this.rows.alarmOn[row] === 1) count++;
    return count;
  }

  get faults(): FaultCounts {
    return { ...this.#intakes.faults, rate: this.#rate };
  }

  /** One sample of a sensor, f32[channels] with NaN for what is missing. The sensor is made where there is none of that name. */
  push(row: number, values: ArrayLike<number>, time: number | null): void {
    this.#intakes.take(row, values, time);
  }

  /** Samples that follow each other, f32[samples x channels], `step` seconds apart. */
  pushSeries(row: number, values: Float32Array, first: number | null, step: number): void {
    const sample = this.#sample;
    for (let at = 0, i = 0; at < values.length; at += sample.length, i++) {
      for (let channel = 0; channel < sample.length; channel++) sample[channel] = values[at + channel]!;
      this.#intakes.take(row, sample, first === null ? null : first + i * step);
    }
  }

  /** Scores what is due. Call it at the end of each turn. */
  flush(): void {
    if (this.#due.length === 0) return;
    const scores = this.#scoreBatch();
    for (const { row, time, slot } of this.#due) {
      const score = slot < 0 ? NaN : scores[slot]!;
      this.#judge(row, time, score - score === 0 ? score : NaN, slot);
    }
    this.#due.length = 0;
    this.#filled = 0;
  }

  reset(row: number): void {
    this.#windows.clear(row);
    this.#states[row]?.fill(0);
    this.rows.alarmCount[row] = 0;
  }

  sample(row: number, values: ArrayLike<number>, time: number | null, trusted: boolean): void {
    const due = this.#windows.add(row, values);
    if (due === 'waiting') return;
    if (!trusted) this.#rate++;
    if (due === 'invalid' || !trusted) {
      this.#due.push({ row, time, slot: -1 });
      return;
    }
    const { size } = this.artifact.manifest.input;
    this.#windows.copyInto(row, this.#batch, this.#filled * size);
    this.#due.push({ row, time, slot: this.#filled++ });
    if (this.#filled * size === this.#batch.length) this.flush();
  }

  /** Forgets a sensor. */
  remove(sensor: string): void {
    this.flush();
    const row = this.rows.remove(sensor);
    if (row === null) return;
    this.#intakes.clear(row);
    this.#windows.clear(row);
    this.#published.clear(row);
    this.#states[row]?.fill(0);
  }

  save(sensor: string): SavedSensor | null {
    const row = this.rows.find(sensor);
    if (row === null) return null;
    return {
      sensor,
      seq: this.rows.seq[row]!,
      alarm: { on: this.rows.alarmOn[row] === 1, count: this.rows.alarmCount[row]! },
      published: this.#published.save(row),
      intake: this.#intakes.save(row),
      window: this.#windows.save(row),
      state: this.#states[row]?.slice() ?? new Uint8Array(0),
    };
  }

  /** Takes a sensor over as it was. `samples`: also its window, where the pipeline is the same; else it begins with an empty one. */
  restore(saved: SavedSensor, samples: boolean): void {
    const row = this.rows.take(saved.sensor);
    this.rows.seq[row] = saved.seq;
    this.#setAlarm(row, saved.alarm);
    this.#published.restore(row, saved.published);
    if (!samples) return;
    this.#intakes.restore(row, saved.intake);
    this.#windows.restore(row, saved.window);
    if (saved.state.length === this.artifact.model.stateBytes && saved.state.length > 0) this.#states[row] = saved.state.slice();
  }

  #scoreBatch(): Float32Array {
    const { model, manifest } = this.artifact;
    const windows = this.#batch.subarray(0, this.#filled * manifest.input.size);
    if (model.stateBytes > 0) return this.#scoreInTurn();
    try {
      return model.runBatch(windows);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A finite value so large that the score is none: only its window is invalid.
      return Float32Array.from({ length: this.#filled }, (_, slot) => this.#scoreOne(slot));
    }
  }

  /** Of a stateful model, with what each sensor's layers remember. */
  #scoreInTurn(): Float32Array {
    const { model } = this.artifact;
    const scores = new Float32Array(this.#filled);
    for (const { row, slot } of this.#due) {
      if (slot < 0) continue;
      const state = (this.#states[row] ??= new Uint8Array(model.stateBytes));
      model.restoreState(state);
      scores[slot] = this.#scoreOne(slot);
      model.saveStateInto(state);
    }
    return scores;
  }

  #scoreOne(slot: number): number {
    const { model } = this.artifact;
    try {
      return model.run(this.#windowAt(slot));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return NaN;
    }
  }

  #windowAt(slot: number): Float32Array {
    const { size } = this.artifact.manifest.input;
    return this.#batch.subarray(slot * size, (slot + 1) * size);
  }

  #judge(row: number, time: number | null, score: number, slot: number): void {
    const { manifest } = this.artifact;
    this.scores++;
    const before = this.rows.alarmOn[row] === 1;
    if (Number.isNaN(score)) this.invalid++;
    else this.#setAlarm(row, nextAlarm({ on: before, count: this.rows.alarmCount[row]! }, score, manifest.score));
    const alarm = this.rows.alarmOn[row] === 1;
    if (alarm && !before) this.alarms++;
    this.rows.note(row, score, time);
    if (!this.#published.decide(row, score, alarm !== before)) return;
    this.#options.onPublished({
      sensor: this.rows.nameOf(row),
      seq: ++this.rows.seq[row]!,
      time,
      score: Number.isNaN(score) ? null : score,
      alarm,
      alarmChanged: alarm !== before,
      why: score > manifest.score.threshold ? this.#why(slot) : null,
    });
  }

  /** What contributed is known of the last window alone: it is scored once more. A stateful model would not give the same again. */
  #why(slot: number): Scored['why'] {
    const { model } = this.artifact;
    if (model.stateBytes > 0 || Number.isNaN(this.#scoreOne(slot))) return null;
    return model
      .contributions()
      .slice(0, this.#options.why)
      .filter(({ share }) => share > 0)
      .map(({ channel, share }) => ({ channel, share: Number(share.toFixed(4)) }));
  }

  #setAlarm(row: number, { on, count }: AlarmState): void {
    this.rows.alarmOn[row] = on ? 1 : 0;
    this.rows.alarmCount[row] = count;
  }
}

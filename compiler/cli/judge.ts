import { nextAlarm, noAlarm } from '../../runtime-js/artifact/alarm.ts';
import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import { Spot } from '../../runtime-js/spot.ts';
import { formatNumber } from './output.ts';

/** What `--adaptive` asks for. */
export interface Adaptive {
  readonly risk: number;
  /** Scores whose mean is the level from which others are measured; 0: none. */
  readonly depth: number;
}

/** Makes alarms of scores, one by one: by the artifact's threshold, or by one that follows them. */
export interface Judge {
  /** For the next score; null where it is the artifact's. */
  readonly threshold: number | null;
  /** `threshold`: null where it is the artifact's. */
  look(score: number): { readonly alarm: boolean; readonly threshold: number | null };
  /** Another sequence begins. */
  clear(): void;
  /** Which threshold it was in the end, for people. */
  describe(): string;
}

export function judgeOf(manifest: Manifest, adaptive: Adaptive | null): Judge {
  return adaptive === null ? byArtifact(manifest) : bySpot(manifest, adaptive);
}

function byArtifact({ score: rule }: Manifest): Judge {
  let state = noAlarm;
  return {
    threshold: null,
    look(score) {
      state = nextAlarm(state, score, rule);
      return { alarm: state.on, threshold: null };
    },
    clear() {
      state = noAlarm;
    },
    describe: () => `threshold ${formatNumber(rule.threshold)}`,
  };
}

function bySpot(manifest: Manifest, adaptive: Adaptive): Judge {
  const spot = new Spot(manifest, adaptive);
  return {
    get threshold() {
      return spot.threshold;
    },
    look: (score) => spot.look(score),
    clear: () => spot.clearAlarm(),
    describe() {
      const now = `adaptive threshold ${formatNumber(spot.threshold)} at the end`;
      switch (spot.state.from) {
        case 'tail':
          return now;
        case 'quantile':
          return `${now}, a quantile of the scores seen: ${spot.state.problem}`;
        case 'artifact':
          return `threshold ${formatNumber(spot.threshold)}, the artifact's: too few scores to learn one from; compile with --threshold pot to begin with one`;
      }
    },
  };
}

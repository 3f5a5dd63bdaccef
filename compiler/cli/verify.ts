import { load, type Model } from '../../runtime-js/node.ts';
import { compareScores } from '../accuracy.ts';
import { InputError } from '../error.ts';
import { openSource } from '../files.ts';
import { windowShape } from '../calibrate/samples.ts';
import { scoreFloat } from '../measure.ts';
import { scoringOf } from '../scoring.ts';
import { extract, prepare } from '../prepare.ts';
import type { FeatureSpec } from '../signal/features.ts';
import { readModel } from '../read/index.ts';
import { loadWindows, scoreInSequences } from './load-windows.ts';
import { colours, formatNumber, print, row } from './output.ts';

interface Words {
  readonly model?: string;
  readonly data?: string;
  readonly hop?: number;
  readonly json?: true;
}

export async function run(artifact: string, words: Words): Promise<void> {
  if ((words.model === undefined) !== (words.data === undefined)) {
    throw new InputError({
      where: artifact,
      what: '--model and --data are only of use together',
      hint: 'Give both, or neither to check the golden vectors alone.',
    });
  }
  const model = await load(artifact);
  const { windows, mismatches } = model.verify();
  const accuracy = words.model === undefined ? null : await compareWithFloat(model, words.model, words.data!, words.hop);
  if (words.json) print(JSON.stringify({ artifact, windows, mismatches, accuracy }, null, 2));
  else {
    const verdict = mismatches.length === 0 ? colours.green('the same bits') : colours.red(`${mismatches.length} differ`);
    print(
      `${colours.bold(artifact)}\n${row('checksum', 'whole')}\n${row('golden', `${windows} windows scored on this machine: ${verdict}`)}`,
    );
    for (const { window, expected, found } of mismatches)
      print(row('', `window ${window}: expected ${expected}, found ${found}`));
    if (accuracy !== null) {
      print(row('float', `mean score ${formatNumber(accuracy.meanFloat)} on ${accuracy.windows} windows`));
      print(row('int8', `mean score ${formatNumber(accuracy.meanInt8)}, correlation ${accuracy.correlation.toFixed(5)}`));
      print(
        row(
          'difference',
          `${(100 * accuracy.meanRelativeError).toFixed(2)} % of the score on average, ${formatNumber(accuracy.maxDifference)} at most`,
        ),
      );
    }
  }
  if (mismatches.length > 0) process.exitCode = 1;
}

async function compareWithFloat(artifact: Model, modelPath: string, dataPath: string, hop: number | undefined) {
  const { graph: read } = await readModel(openSource(modelPath));
  const { stateful, scaling: scaled, input, features, score } = artifact.info.manifest;
  const raw = loadWindows(artifact, dataPath, hop);
  // The one cast: the compiler wrote the list itself.
  const list = (features?.list ?? []) as readonly FeatureSpec[];
  const { windows } = extract(raw, { features: list, rateHz: input.rateHz });
  const { channels } = windowShape(windows);
  const wanted = { stateful, score: score.function, cut: score.code ?? null };
  const { model, restep } = prepare(read, modelPath, wanted, { channels, scaling: scaled });
  const { graph, size, scaling } = model;
  if (size !== artifact.values) {
    throw new InputError({
      where: modelPath,
      what: `takes ${size} values; the artifact's model takes ${artifact.values}`,
      hint: 'Give the model that the artifact was compiled from.',
    });
  }
  const scoring = scoringOf(model, modelPath, wanted);
  const { function: name, space, weights } = score;
  if (scoring.definition.fit(scoring.model) !== null && weights === null) {
    throw new InputError({
      where: modelPath,
      what: `cannot be compared: the artifact's score (${name}) was fitted to more numbers than its manifest can say`,
      hint: 'compile prints the difference from the float model.',
    });
  }
  const float = scoreFloat(model, windows, scoring, {
    target: space === 'normalised' && scaling !== null ? scaling.output : graph.inputs[0]!,
    fitted: Float32Array.from(weights ?? []),
    sequence: restep?.(windows.sequence ?? windows.count) ?? null,
  });
  return compareScores(float, scoreInSequences(artifact, raw, 0, raw.count));
}

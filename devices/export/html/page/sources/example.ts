import { decodeGolden } from '../../../../../runtime-js/artifact/golden.ts';
import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import { customSection, readSections, sectionNames } from '../../../../../runtime-js/artifact/sections.ts';
import { element } from '../dom.ts';
import type { Example } from '../../carried.ts';
import { readPart } from '../setup.ts';
import type { Source, Surroundings } from './define.ts';
import { Player } from './player.ts';
import type { Recording } from './recording.ts';

/** The recording that the page carries, or else the golden windows of its artifact, over and over. */
export function example(surroundings: Surroundings): Source {
  const { manifest, setup } = surroundings;
  let recording: Promise<Recording> | null = null;
  const source: Source = {
    label: 'Example',
    unavailable: null,
    controls: element('div'),
    pick() {
      recording ??= setup.example === null ? goldenWindows(manifest) : carried(setup.example, manifest);
      void recording.then(
        (found) => player.play(found, null),
        (error: unknown) => surroundings.say(source, String(error instanceof Error ? error.message : error), 'bad'),
      );
      surroundings.say(
        source,
        setup.example === null
          ? 'A few windows of the normal data that the compiler keeps in the artifact, from the most usual to the most unusual one. Pick another source for your own data.'
          : `A recording that this page carries: ${setup.example.name}.`,
      );
    },
    stop: () => player.stop(),
  };
  const player = new Player(source, surroundings);
  source.controls.append(player.controls);
  return source;
}

async function carried({ name, rows, timed, marks }: Example, { input: { channelCount } }: Manifest): Promise<Recording> {
  const { buffer } = await readPart('example');
  const values = new Float32Array(buffer, 0, rows * channelCount);
  const times = timed ? new Float64Array(buffer.slice(values.byteLength)) : null;
  return { name, channels: channelCount, values, times, marks, loose: false };
}

async function goldenWindows({ input: { channelCount } }: Manifest): Promise<Recording> {
  const section = customSection(readSections(await readPart('artifact'), 'artifact'), sectionNames.golden);
  if (section === undefined) throw new Error('This artifact carries no golden windows that could be shown.');
  const { inputs } = decodeGolden(section.content, 'artifact');
  return { name: 'golden windows', channels: channelCount, values: inputs, times: null, marks: [], loose: true };
}

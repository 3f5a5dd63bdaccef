import { element } from '../dom.ts';
import { counted } from '../format.ts';
import { CsvError, readCsv } from './csv-text.ts';
import type { Source, Surroundings } from './define.ts';
import { Player } from './player.ts';

/** A CSV file that is dropped on the page or picked. */
export function csv(surroundings: Surroundings): Source & { readonly open: (file: File) => Promise<void> } {
  const { manifest } = surroundings;
  const input = element('input', {
    type: 'file',
    accept: '.csv,.txt,.tsv,text/csv',
    'aria-label': 'CSV file',
    onchange: () => {
      const [file] = input.files ?? [];
      if (file !== undefined) void source.open(file);
    },
  });
  const names = manifest.input.channels?.map(({ name }) => name);
  const wanted =
    names === undefined
      ? `${counted(manifest.input.channelCount, 'column')}, in the order of training`
      : `columns ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`;
  const source = {
    label: 'CSV file',
    unavailable: null,
    controls: element('div', {}, element('p', {}, `Pick a file, or drop it anywhere on this page: ${wanted}.`), input),
    pick() {
      surroundings.say(source, '');
    },
    stop: () => player.stop(),
    async open(file: File): Promise<void> {
      try {
        const recording = readCsv(file.name, await file.text(), manifest);
        const missing = recording.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
        surroundings.say(
          source,
          missing === 0
            ? `${file.name}: ${counted(recording.values.length / recording.channels, 'row')}.`
            : `${file.name}: ${counted(missing, 'value')} missing.`,
          missing === 0 ? 'good' : 'bad',
        );
        await player.play(recording, 'all');
      } catch (error) {
        if (!(error instanceof CsvError)) throw error;
        surroundings.say(source, error.message, 'bad');
      }
    },
  };
  const player = new Player(source, surroundings);
  source.controls.append(player.controls);
  return source;
}

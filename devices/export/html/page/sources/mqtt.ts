import { element, field } from '../dom.ts';
import { channelNames } from '../channels.ts';
import { Connection, type Status } from '../mqtt/connection.ts';
import { readPayload } from '../mqtt/payload.ts';
import { liveStream, type Source, type Surroundings } from './define.ts';

/** Messages of a broker that speaks MQTT over WebSocket, one sample each. */
export function mqtt(surroundings: Surroundings): Source {
  const { manifest, monitor, begin, say } = surroundings;
  const names = channelNames(manifest);
  const url = element('input', { type: 'url', required: true, value: 'ws://localhost:9001', spellcheck: false });
  const topic = element('input', { type: 'text', required: true, value: `sensors/${manifest.name}`, spellcheck: false });
  const user = element('input', { type: 'text', autocomplete: 'username', spellcheck: false });
  const password = element('input', { type: 'password', autocomplete: 'current-password' });
  const paths = names.map((name) => element('input', { type: 'text', value: name, spellcheck: false }));
  const button = element('button', { type: 'submit', class: 'main' }, 'Connect');
  let connection: Connection | null = null;
  let trouble = '';

  const describe = (status: Status): readonly [sentence: string, kind?: 'good' | 'bad'] => {
    switch (status.at) {
      case 'connecting':
        return [`Connecting to ${status.url} ...`];
      case 'subscribed':
        return [`Connected, waiting for messages on ${status.topic}.`, 'good'];
      case 'waiting':
        return [`Not connected: ${status.reason}. Next try in ${status.seconds} s.`, 'bad'];
      case 'refused':
        return [`Not connected: ${status.reason}.`, 'bad'];
    }
  };
  const stop = (): void => {
    connection?.close();
    connection = null;
    button.textContent = 'Connect';
  };
  const start = async (): Promise<void> => {
    if (!(await begin(source, liveStream(topic.value)))) return;
    trouble = '';
    button.textContent = 'Disconnect';
    connection = new Connection(
      { url: url.value, topic: topic.value, user: user.value, password: password.value },
      {
        message: (payload) => {
          const reading = readPayload(payload, paths.map(({ value }) => value), manifest.input.time);
          if (reading.kind === 'sample') monitor.add(reading.values, reading.time);
          const found =
            reading.kind === 'unreadable'
              ? `On ${topic.value}, ${reading.reason}.`
              : reading.absent.length > 0
                ? `Messages on ${topic.value} lack ${reading.absent.slice(0, 4).join(', ')}.`
                : '';
          if (found !== trouble) say(source, found || `Messages come on ${topic.value}.`, found === '' ? 'good' : 'bad');
          trouble = found;
        },
        status: (status) => {
          say(source, ...describe(status));
          if (status.at === 'refused') stop();
          trouble = 'none yet';
        },
      },
    );
  };
  const form = element(
    'form',
    { class: 'form' },
    field('Broker (WebSocket)', url),
    field('Topic', topic),
    element(
      'details',
      {},
      element('summary', {}, 'Login and fields of the messages'),
      element('div', { class: 'form' }, field('User', user), field('Password', password)),
      element(
        'p',
        { class: 'quiet' },
        'Where each channel stands in the JSON of a message: a key, or a path like values.temp or [0]. A plain list of numbers is taken in this order.',
      ),
      element('div', { class: 'form' }, ...paths.map((input, i) => field(names[i]!, input))),
    ),
    button,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (connection === null) void start();
    else {
      stop();
      say(source, 'Disconnected.');
    }
  });
  const source: Source = {
    label: 'MQTT',
    unavailable: null,
    controls: form,
    pick: () => say(source, 'A broker with a WebSocket listener, e.g. mosquitto with "protocol websockets".'),
    stop,
  };
  return source;
}

import { channelNames } from '../channels.ts';
import { element, field, setText } from '../dom.ts';
import { Connection, type Status } from '../mqtt/connection.ts';
import { readPayload, type Reading } from '../mqtt/payload.ts';
import { liveStream, type Source, type Surroundings } from './define.ts';

/** Messages of a broker that speaks MQTT over WebSocket, one sample each. */
export const mqtt = (surroundings: Surroundings): Source => new MqttSource(surroundings);

const text = (value: string): HTMLInputElement =>
  element('input', { type: 'text', value, spellcheck: 'false', autocomplete: 'off' });

class MqttSource implements Source {
  readonly label = 'MQTT';
  readonly unavailable = null;
  readonly controls: HTMLElement;
  readonly #surroundings: Surroundings;
  readonly #url = element('input', { type: 'url', required: true, value: 'ws://localhost:9001', spellcheck: 'false' });
  readonly #topic: HTMLInputElement;
  readonly #user = element('input', { type: 'text', autocomplete: 'username', spellcheck: 'false' });
  readonly #password = element('input', { type: 'password', autocomplete: 'current-password' });
  readonly #paths: readonly HTMLInputElement[];
  readonly #button = element('button', { type: 'submit', class: 'main' }, 'Connect');
  #connection: Connection | null = null;
  /** What is wrong with the newest message; null: none came yet. */
  #trouble: string | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const names = channelNames(surroundings.manifest);
    this.#topic = text(`sensors/${surroundings.manifest.name}`);
    this.#paths = names.map(text);
    this.controls = this.#form(names);
  }

  pick(): void {
    this.#say('A broker with a WebSocket listener; of mosquitto: "listener 9001" and "protocol websockets".');
  }

  stop(): void {
    this.#connection?.close();
    this.#connection = null;
    setText(this.#button, 'Connect');
  }

  #form(names: readonly string[]): HTMLElement {
    const form = element(
      'form',
      { class: 'form' },
      field('Broker (WebSocket)', this.#url),
      field('Topic', this.#topic),
      element(
        'details',
        {},
        element('summary', {}, 'Login and fields of the messages'),
        element('div', { class: 'form' }, field('User', this.#user), field('Password', this.#password)),
        element(
          'p',
          { class: 'quiet' },
          'Where each channel stands in the JSON of a message: a key, or a path like values.temp or [0]. A plain list of numbers is taken in this order.',
        ),
        element('div', { class: 'form' }, ...this.#paths.map((input, i) => field(names[i]!, input))),
      ),
      this.#button,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#connection === null) void this.#start();
      else {
        this.stop();
        this.#say('Disconnected.');
      }
    });
    return form;
  }

  #say(sentence: string, kind?: 'good' | 'bad'): void {
    this.#surroundings.say(this, sentence, kind);
  }

  async #start(): Promise<void> {
    const topic = this.#topic.value;
    const paths = this.#paths.map(({ value }) => value);
    if (!(await this.#surroundings.begin(this, liveStream(topic)))) return;
    setText(this.#button, 'Disconnect');
    this.#connection = new Connection(
      { url: this.#url.value, topic, user: this.#user.value, password: this.#password.value },
      {
        message: (payload) => this.#take(readPayload(payload, paths, this.#surroundings.manifest.input.time), topic),
        status: (status) => {
          this.#trouble = null;
          this.#say(...describe(status));
          if (status.at === 'refused') this.stop();
        },
      },
    );
  }

  #take(reading: Reading, topic: string): void {
    if (reading.kind === 'sample') this.#surroundings.monitor.add(reading.values, reading.time);
    const trouble = troubleOf(reading);
    if (trouble !== this.#trouble)
      this.#say(trouble === '' ? `Messages come on ${topic}.` : `On ${topic}, ${trouble}.`, trouble === '' ? 'good' : 'bad');
    this.#trouble = trouble;
  }
}

function troubleOf(reading: Reading): string {
  if (reading.kind === 'unreadable') return reading.reason;
  return reading.absent.length === 0 ? '' : `messages lack ${reading.absent.slice(0, 4).join(', ')}`;
}

function describe(status: Status): readonly [sentence: string, kind?: 'good' | 'bad'] {
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
}

import { createHash } from 'node:crypto';
import { version } from '../../compiler/version.ts';
import type { SensorView } from './define.ts';
import type { Topics } from './topics.ts';

/** Discovery of Home Assistant: it shows each sensor as a device with its score and its alarm, without any configuration there. */
export interface HomeAssistantOptions {
  /** What the topics of its discovery begin with. */
  readonly prefix: string;
}

export const homeAssistantDefaults: HomeAssistantOptions = { prefix: 'homeassistant' };

/** Home Assistant says `online` here when it has started, and then wants to hear what there is. */
export const statusTopicOf = ({ prefix }: HomeAssistantOptions): string => `${prefix}/status`;

/** An id of letters, digits, _ and - only (as its topics need it); those of different devices differ. */
function objectId(node: string, device: string): string {
  const readable = `${node}_${device}`.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
  return `sandglass_${readable}_${createHash('sha256')
    .update(JSON.stringify([node, device]))
    .digest('hex')
    .slice(0, 8)}`;
}

/** Where the discovery message of a device is retained; an empty one takes the device away. */
export const discoveryTopicOf = ({ prefix }: HomeAssistantOptions, node: string, device: string): string =>
  `${prefix}/device/${objectId(node, device)}/config`;

/**
 * The discovery message of a device: one for both entities, the form since Home Assistant 2024.11.
 * https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
 */
export function discoveryOf(sensor: SensorView, node: string, topics: Topics): object {
  const id = objectId(node, sensor.device);
  return {
    device: {
      identifiers: [id],
      name: sensor.device,
      manufacturer: 'Sandglass',
      model: sensor.artifact.name,
      sw_version: sensor.artifact.sha256.slice(0, 12),
      serial_number: sensor.device,
    },
    origin: { name: 'sandglass', sw_version: version },
    components: {
      score: {
        platform: 'sensor',
        unique_id: `${id}_score`,
        name: 'Score',
        icon: 'mdi:timer-sand',
        state_class: 'measurement',
        state_topic: topics.of(sensor.device, 'score'),
        value_template: '{{ value_json.score }}',
      },
      alarm: {
        platform: 'binary_sensor',
        unique_id: `${id}_alarm`,
        name: 'Alarm',
        device_class: 'problem',
        state_topic: topics.of(sensor.device, 'alarm'),
        value_template: "{{ 'ON' if value_json.alarm else 'OFF' }}",
        json_attributes_topic: topics.of(sensor.device, 'alarm'),
      },
    },
    availability: [{ topic: topics.status, value_template: '{{ value_json.state }}' }],
    qos: 1,
  };
}

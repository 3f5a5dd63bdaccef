import { InputError } from '../../compiler/error.ts';
import type { StreamConfig } from '../config/settle.ts';
import type { Log } from '../log.ts';
import { loadArtifact, type LoadedArtifact } from '../scoring/artifact.ts';
import type { Agent } from './agent.ts';
import { letAsk, openDecoders, type OpenSources } from './open-sources.ts';

/** What can change while the agent runs, without a connection lost. */
const changeable = [
  'artifacts',
  'topics',
  'isUsual',
  'sparkplugIn',
  'engine',
  'decoder',
] as const satisfies readonly (keyof StreamConfig)[];

/**
 * Takes over another config between two samples: artifacts, the rules of what comes by MQTT, which scores are published, limits.
 * Artifacts are read anew, and score their golden windows first. Throws an InputError, and all goes on as before, where the config
 * is wrong or another part of it has changed.
 */
export function reloader(
  first: StreamConfig,
  agent: Agent,
  sources: OpenSources,
  log: Log,
): (next: StreamConfig) => Promise<void> {
  let config = first;
  return async (next) => {
    refuseOtherChanges(config, next);
    const artifacts: LoadedArtifact[] = await Promise.all(next.artifacts.map(({ name, path }) => loadArtifact(name, path)));
    const decoders = openDecoders(next, artifacts);
    if ((decoders === null) !== (sources.mqtt === null)) throw needsRestart(next.where, 'whether samples come by MQTT');
    sources.mqtt?.flush();
    agent.swap(artifacts, next.engine);
    if (decoders !== null && sources.mqtt !== null) {
      letAsk(decoders, sources.mqtt);
      await sources.mqtt.replace(decoders);
    }
    config = next;
    log.info('the config was taken over', { artifacts: artifacts.length });
  };
}

function refuseOtherChanges(before: StreamConfig, next: StreamConfig): void {
  const keys = Object.keys(next) as (keyof StreamConfig)[];
  const changed = keys.filter(
    (key) => !changeable.some((one) => one === key) && JSON.stringify(before[key]) !== JSON.stringify(next[key]),
  );
  if (changed.length > 0) throw needsRestart(next.where, changed.join(', '));
}

const needsRestart = (where: string, what: string): InputError =>
  new InputError({
    where,
    what: `changes what cannot change while the agent runs: ${what}`,
    hint: 'Restart it: it goes on where it was, and no score is lost.',
  });

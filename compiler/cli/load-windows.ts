import type { Model } from '../../runtime-js/node.ts';
import { readWindows, type Windows } from '../calibrate/samples.ts';
import { readNamed } from '../files.ts';

/** Recorded data, cut into windows as the artifact's manifest says; `stride` overrides it. */
export function loadWindows({ size, info }: Model, path: string, stride: number | undefined): Windows {
  return readWindows(readNamed(path), { size, stride: stride ?? info.manifest.input.stride });
}

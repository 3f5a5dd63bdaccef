import type { Shape } from './tensor.ts';

export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly channelsFirst: boolean;
}

/** [1 x height x width x channels], or [1 x channels x height x width] where that makes fewer channels. null: no image. */
export function imageOf([batch, a, b, c, ...rest]: Shape): Image | null {
  if (batch !== 1 || a === undefined || b === undefined || c === undefined || rest.length > 0) return null;
  return a < c
    ? { height: b, width: c, channels: a, channelsFirst: true }
    : { height: a, width: b, channels: c, channelsFirst: false };
}

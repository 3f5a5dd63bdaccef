/** An image as `planes` of `height` rows of `row` values; `step` from a value to its right neighbour. */
export interface ImageLayout {
  readonly planes: number;
  readonly height: number;
  readonly row: number;
  readonly step: number;
  readonly width: number;
}

/** [1 x height x width x channels], or [1 x channels x height x width] where that makes fewer channels. null: no image. */
export function imageLayout([batch, a, b, c, ...rest]: readonly number[]): ImageLayout | null {
  if (batch !== 1 || a === undefined || b === undefined || c === undefined || rest.length > 0) return null;
  return a < c ? { planes: a, height: b, row: c, step: 1, width: c } : { planes: 1, height: a, row: b * c, step: c, width: b };
}

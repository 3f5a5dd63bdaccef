/** Mean squares of residuals, value by value, and the weights that follow. */
export class ResidualWeights {
  readonly #sums: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#sums = new Float64Array(size);
  }

  /** x, y: f32[size], of a normal window. */
  look(x: Float32Array, y: Float32Array): void {
    for (let i = 0; i < x.length; i++) this.#sums[i]! += (x[i]! - y[i]!) ** 2;
    this.#count++;
  }

  /**
   * 1 / mean square, f32[size]. A value that the model always knows, such as a sensor that did not vary, gets at most a thousand times the
   * weight of the average: its first small error would else be the score.
   */
  finish(): Float32Array {
    const squares = this.#sums.map((sum) => sum / this.#count);
    const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
    return Float32Array.from(squares, (square) => 1 / Math.max(square, mean / 1000, Number.MIN_VALUE * 2 ** 60));
  }
}

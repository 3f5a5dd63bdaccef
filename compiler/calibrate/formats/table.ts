/** A file as rows of numbers, before it is cut into windows. */
export interface Table {
  /** Row-major f32. */
  readonly data: Float32Array;
  /** Values per row; null: a plain stream of values without rows. */
  readonly columns: number | null;
  readonly names: readonly string[] | null;
  /** Columns that were read beside the channels, f64[rows] each; times in seconds. */
  readonly beside: ReadonlyMap<string, Float64Array>;
  /** Where row r stands in the user's file, for errors: 'row 17'. */
  readonly rowName: (row: number) => string;
}

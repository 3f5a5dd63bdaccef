/** A file as rows of numbers, before it is cut into windows. */
export interface Table {
  /** Row-major f32. */
  readonly data: Float32Array;
  /** Values per row; null: a plain stream of values without rows. */
  readonly columns: number | null;
  readonly names: readonly string[] | null;
  /** Where row r stands in the user's file, for errors: 'row 17'. */
  readonly rowName: (row: number) => string;
}

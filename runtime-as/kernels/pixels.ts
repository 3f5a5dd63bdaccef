/**
 * From a pixel to the next, or from the end of a row to the next row: bytes of the input in the lower half, of the output in the
 * upper one. Neither is negative, so that one addition moves both; row and column by division cost 3 % of a small model.
 */
// @ts-ignore: decorator
@inline
export function step_of(inputBytes: i32, outputBytes: i32): u64 {
  return (<u64>outputBytes << 32) | <u64>inputBytes;
}

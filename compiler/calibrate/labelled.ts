import { noSelection } from './formats/select.ts';
import { readWindowsBeside, windowShape, type SampleFile, type WindowOptions, type Windows } from './samples.ts';

/** Windows of a recording in which somebody labelled the rows. */
export interface LabelledWindows {
  readonly windows: Windows;
  /** Per window, 1: abnormal. A window is what its newest sample is: that is when an alarm is due. */
  readonly labels: Uint8Array;
}

/** `label`: the column that is above 0 where a row is abnormal. Throws an InputError if it is not there. */
export function readLabelledWindows(file: SampleFile, options: WindowOptions, label: string): LabelledWindows {
  const selection = options.selection ?? noSelection;
  const { windows, beside } = readWindowsBeside(file, {
    ...options,
    selection: { ...selection, beside: [...selection.beside, label] },
  });
  const rows = beside.get(label)!;
  const { samples, hop } = windowShape(windows);
  // Of rows that are sequences of steps, the row's label is that of each step.
  const rowOf = (window: number): number =>
    windows.sequence === undefined ? window * hop + samples - 1 : Math.floor(window / windows.sequence);
  return { windows, labels: Uint8Array.from({ length: windows.count }, (_, window) => (rows[rowOf(window)]! > 0 ? 1 : 0)) };
}

import { frames } from './frame.ts';

/** Raw little-endian int16, interleaved: samples x channels; value = number * scale + offset. */
export const int16 = frames({ bytes: 2, read: (view, at) => view.getInt16(at, true) }, ['scale', 'offset']);

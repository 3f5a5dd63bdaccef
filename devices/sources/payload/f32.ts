import { frames } from './frame.ts';

/** Raw little-endian f32, interleaved: samples x channels. */
export const f32 = frames({ bytes: 4, read: (view, at) => view.getFloat32(at, true) }, []);

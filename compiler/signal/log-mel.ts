import { float, type Call } from '../kernels/define.ts';
import { bytesOf, f, type FeatureGroup, type Placed, type SignalShape } from './define.ts';
import { fftTables, hann, magnitudesOf } from './fft.ts';
import { log10 } from './log.ts';
import { melBands } from './mel.ts';

/**
 * Frames of the window, `hop` samples apart (librosa.stft with center=False and a Hann window of the length of the transform), each as the
 * logarithm of its mel bands: 20 / power * log10(mel + epsilon), frame behind frame. MLPerf Tiny's ad01 reads five of them.
 */
export interface LogMelSpec {
  readonly kind: 'log-mel';
  /** Samples of a frame, a power of 2. */
  readonly size: number;
  /** Samples from frame to frame. */
  readonly hop: number;
  readonly mels: number;
  /** Hz; 0 by default. */
  readonly fmin?: number | undefined;
  /** Hz; half of the rate by default. */
  readonly fmax?: number | undefined;
  /** Of the magnitudes: 2 by default. */
  readonly power?: 1 | 2 | undefined;
  readonly scale?: 'slaney' | 'htk' | undefined;
  /** slaney (the default): each triangle has the area 1; none: the height 1. */
  readonly norm?: 'slaney' | 'none' | undefined;
  /** 2^-52 by default, as sys.float_info.epsilon. */
  readonly epsilon?: number | undefined;
}

export const framesOf = ({ size, hop }: LogMelSpec, samples: number): number => Math.floor((samples - size) / hop) + 1;

export function logMel(shape: SignalShape, { spec, first, channels: of }: Placed<LogMelSpec>): FeatureGroup {
  const { samples } = shape;
  const channels = shape.channels.length;
  const { size, hop, mels, power = 2, epsilon = 2 ** -52 } = spec;
  const tables = fftTables(size);
  const taper = hann(size);
  const { bands, weights } = melBands(spec, shape.rateHz!);
  const frames = framesOf(spec, samples);
  const [factor, least] = [f(20 / power), f(epsilon)];
  const transformBytes = 8 * (size / 2 + 4);
  const known = shape.hop % hop === 0 && (samples - size) % hop === 0 ? Math.max(0, frames - shape.hop / hop) : 0;
  return {
    constants: [tables.order, tables.twiddles, taper, bands, weights].map(bytesOf),
    scratchBytes: transformBytes + 4 * (size / 2 + 1),
    stateBytes: 0,
    referenceInto(values, window) {
      of.forEach((channel, place) => {
        for (let frame = 0; frame < frames; frame++) {
          const x = Float32Array.from({ length: size }, (_, i) => window[(frame * hop + i) * channels + channel]!);
          const spectrum = magnitudesOf(x, taper, tables, power === 2);
          let at = 0;
          for (let mel = 0; mel < mels; mel++) {
            const [from, count] = [bands[2 * mel]!, bands[2 * mel + 1]!];
            let sum = 0;
            for (let i = 0; i < count; i++) sum = f(sum + f(weights[at++]! * spectrum[from + i]!));
            values[first + (place * frames + frame) * mels + mel] = f(factor * log10(f(sum + least)));
          }
        }
      });
    },
    emit({ window, output, constants, scratch }, moved) {
      const kept = moved ? known : 0;
      const module = 'signal/spectrum';
      return of.flatMap((channel, place): Call[] => {
        const to = output + 4 * (first + place * frames * mels);
        // Frames that were in the window before lie in the output, further back.
        const keep = [to + 4 * (frames - kept) * mels, to, kept * mels].map(String);
        const [order, twiddles, tapered, bandTable, weightTable] = constants;
        const args = [
          `${window} + ${4 * (kept * hop * channels + channel)}`,
          ...[4 * channels, frames - kept, hop, size, tapered!, order!, twiddles!, scratch].map(String),
          ...[power === 2 ? 1 : 0, bandTable!, weightTable!, mels].map(String),
          float(least),
          float(factor),
          `${to + 4 * kept * mels}`,
        ];
        return [...(kept > 0 ? [{ module, name: 'copy_values', args: keep }] : []), { module, name: 'log_mel', args }];
      });
    },
  };
}

import { formatShape, type Shape, type Tensor } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { functionOf, type Elementwise } from './elementwise.ts';

/** Gates per cell, in the order in which weights hold them: LSTM input, forget, candidate, output; GRU update, reset, candidate. */
export const gatesOf = { lstm: 4, gru: 3, simple: 1 } as const;

export interface Recurrent {
  readonly cell: keyof typeof gatesOf;
  /** From the last step to the first; a sequence of outputs keeps the order of the input. */
  readonly reverse: boolean;
  /** All hidden states [n x steps x hidden], the last one [n x hidden], or the last cell state of an LSTM. */
  readonly output: 'sequence' | 'hidden' | 'cell';
  /** Of the gates (input, forget, output; update, reset). */
  readonly gateActivation: Elementwise;
  /** Of the candidate. */
  readonly activation: Elementwise;
  /** Of the LSTM's cell state on its way out. */
  readonly outputActivation: Elementwise;
  /** GRU: the reset gate scales U h + bias instead of h (Keras reset_after, ONNX linear_before_reset). */
  readonly resetAfter: boolean;
}

/**
 * A recurrent layer (https://onnx.ai/onnx/operators/onnx__LSTM.html, GRU, RNN). x: [n x steps x in],
 * w: [gates * hidden x in], u: [gates * hidden x hidden], biases of both: [gates * hidden], first hidden state: [n x hidden];
 * LSTM: first cell state [n x hidden] and peepholes [3 * hidden] for input, forget, output.
 */
export const recurrent = defineOp<Recurrent>({
  infer: ({ cell, output }, [x, w, u, ...states]) => {
    const hidden = u!.shape[1]!;
    const rows = gatesOf[cell] * hidden;
    const [n, steps, depth] = x!.shape;
    const expected: Shape[] = [[rows, depth!], [rows, hidden], [rows], [rows], [n!, hidden]];
    if (cell === 'lstm') expected.push([n!, hidden], [3 * hidden]);
    const found = [w!, u!, ...states].map(({ shape }) => shape);
    if (x!.shape.length !== 3 || found.length !== expected.length || String(found) !== String(expected)) {
      return {
        mismatch: `a ${cell} over ${formatShape(x!.shape)} with ${hidden} units wants operands ${expected.map(formatShape).join(', ')}, found ${found.map(formatShape).join(', ')}`,
      };
    }
    return f32(output === 'sequence' ? [n!, steps!, hidden] : [n!, hidden]);
  },
  evaluate: (attributes, inputs, shape) => {
    const [x, , u] = inputs;
    const hidden = u!.shape[1]!;
    const [n, steps] = x!.shape;
    const data = new Float32Array(shape.reduce((size, extent) => size * extent, 1));
    for (let row = 0; row < n!; row++) {
      const state = firstState(attributes, inputs, row, hidden);
      for (let i = 0; i < steps!; i++) {
        const step = attributes.reverse ? steps! - 1 - i : i;
        advance(attributes, inputs, row * steps! + step, state);
        if (attributes.output === 'sequence') data.set(state.h, (row * steps! + step) * hidden);
      }
      if (attributes.output !== 'sequence') data.set(attributes.output === 'cell' ? state.c : state.h, row * hidden);
    }
    return { shape, data };
  },
});

interface State {
  h: Float64Array;
  c: Float64Array;
}

function firstState({ cell }: Recurrent, inputs: readonly Tensor[], row: number, hidden: number): State {
  const stateOf = (tensor: Tensor): Float64Array => Float64Array.from(tensor.data.subarray(row * hidden, (row + 1) * hidden));
  return { h: stateOf(inputs[5]!), c: cell === 'lstm' ? stateOf(inputs[6]!) : new Float64Array(0) };
}

/** One step: x is row `at` of [n * steps x in]. */
function advance(
  attributes: Recurrent,
  [x, w, u, biasX, biasH, , , peepholes]: readonly Tensor[],
  at: number,
  state: State,
): void {
  const [gate, candidate] = [functionOf(attributes.gateActivation), functionOf(attributes.activation)];
  const hidden = state.h.length;
  const depth = w!.shape[1]!;
  const fromX = product(w!, Float64Array.from(x!.data.subarray(at * depth, (at + 1) * depth)), biasX!.data);
  const fromH = product(u!, state.h, biasH!.data);
  const of = (block: number, i: number): number => fromX[block * hidden + i]! + fromH[block * hidden + i]!;
  const { h, c } = state;
  switch (attributes.cell) {
    case 'simple':
      state.h = h.map((_, i) => candidate(of(0, i)));
      return;
    case 'gru': {
      const reset = h.map((_, i) => gate(of(1, i)));
      const scaled = attributes.resetAfter
        ? null
        : product(
            u!,
            h.map((value, i) => value * reset[i]!),
            biasH!.data,
          );
      state.h = h.map((value, i) => {
        const update = gate(of(0, i));
        const recurrence = scaled === null ? reset[i]! * fromH[2 * hidden + i]! : scaled[2 * hidden + i]!;
        return (1 - update) * candidate(fromX[2 * hidden + i]! + recurrence) + update * value;
      });
      return;
    }
    case 'lstm': {
      const peep = (block: number, i: number): number => peepholes!.data[block * hidden + i]!;
      const out = functionOf(attributes.outputActivation);
      state.c = c.map((value, i) => {
        const input = gate(of(0, i) + peep(0, i) * value);
        const forget = gate(of(1, i) + peep(1, i) * value);
        return forget * value + input * candidate(of(2, i));
      });
      state.h = state.c.map((value, i) => gate(of(3, i) + peep(2, i) * value) * out(value));
    }
  }
}

/** bias + w * x, in f64. w: [rows x depth]. x is always f64: one loop for states and inputs. */
function product({ shape: [rows, depth], data }: Tensor, x: Float64Array, bias: Float32Array): Float64Array {
  const sums = new Float64Array(rows!);
  for (let o = 0, at = 0; o < rows!; o++) {
    let sum = bias[o]!;
    for (let k = 0; k < depth!; k++) sum += data[at++]! * x[k]!;
    sums[o] = sum;
  }
  return sums;
}

import { scoredByMean, type LowerScore } from './define.ts';

export const mae: LowerScore = ({ x, y }, net) => scoredByMean(net.builder.abs(net.builder.sub(x, y)), net);

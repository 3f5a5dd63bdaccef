import { refuse } from './define.ts';

export const pool = refuse<'pool'>('pooling is not supported yet');

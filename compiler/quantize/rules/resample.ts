import { refuse } from './define.ts';

export const resample = refuse<'resample'>('resizing is not supported yet');

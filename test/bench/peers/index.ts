import type { Peer } from './define.ts';
import { liteRtPeers } from './litert.ts';
import { ortNodePeers } from './ort-node.ts';
import { ortWebPeers } from './ort-web.ts';
import { tfjsPeers } from './tfjs.ts';

export const peers: readonly Peer[] = [...ortWebPeers, ...liteRtPeers, ...tfjsPeers, ...ortNodePeers];

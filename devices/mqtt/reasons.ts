/** Reason codes of MQTT 5 (section 2.4) that a gateway meets, in words that say what to do. */
const sentences: Readonly<Record<number, string>> = {
  128: 'the broker gives no reason (its log may)',
  129: 'the broker could not read a packet of ours',
  130: 'the broker says that we broke the protocol',
  131: 'the broker will not do this, for reasons of its own',
  132: 'the broker does not speak this version of MQTT',
  133: 'the broker does not accept the client id',
  134: 'user name or password is wrong',
  135: 'not authorised: the broker lets this user (or this client without one) not do this',
  136: 'the broker is not available at the moment',
  137: 'the broker is busy',
  138: 'this client is banned: ask whoever runs the broker',
  139: 'the broker is shutting down',
  140: 'the broker wants another way of authentication',
  141: 'the broker heard nothing of us for longer than the keep-alive time',
  142: 'another client has connected with the same client id: give each gateway an id of its own',
  143: 'the broker does not accept the topic filter',
  144: 'the broker does not accept the topic name',
  147: 'the broker says that too many messages were on their way',
  148: 'the broker does not accept a topic alias',
  149: 'the packet is larger than the broker takes',
  150: 'the broker says that messages come too often',
  151: 'a quota of the broker is used up',
  152: 'whoever runs the broker has ended the connection',
  153: 'the broker says that the payload is not in the form that it expects',
  154: 'the broker keeps no retained messages',
  155: 'the broker does not do this quality of service',
  156: 'the broker says: use another server',
  157: 'the broker has moved to another server',
  158: 'the broker does not do shared subscriptions',
  159: 'the broker says that we connect too often',
  160: 'the connection has lasted as long as the broker allows',
  162: 'the broker does not do wildcards in subscriptions',
};

/** Return codes of a CONNACK of MQTT 3.1.1 (section 3.2.2.3), as the codes of MQTT 5 that say the same. */
const since311: Readonly<Record<number, number>> = { 1: 132, 2: 133, 3: 136, 4: 134, 5: 135 };

export const reason = {
  unsupportedVersion: 132,
  sessionTakenOver: 142,
  topicInvalid: 144,
  packetTooLarge: 149,
  payloadInvalid: 153,
} as const;

/** The code of MQTT 5 for a CONNACK's code of either version. A broker that refuses version 5 answers in 3.1.1. */
export const connackReason = (code: number): number => since311[code] ?? code;

/** What a reason code means. */
export const sentenceOf = (code: number): string => sentences[code] ?? `the broker gives reason code ${code}`;

/** Codes with which a broker refuses this one message, now and later: to send it again would be in vain. */
const forThisMessage: ReadonlySet<number> = new Set([reason.topicInvalid, reason.packetTooLarge, reason.payloadInvalid]);

/** Whether a PUBACK's code says that this message will never be taken. */
export const isForGood = (code: number): boolean => forThisMessage.has(code);

/** Errors of sockets and of TLS (by `code`), in words that say what to do. */
const socketSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the broker running, and is the port right?',
  ECONNRESET: 'the broker (or something on the way) cut the connection',
  EPIPE: 'the broker (or something on the way) cut the connection',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network of the host',
  CERT_HAS_EXPIRED: "the broker's certificate has expired",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet: is the clock of this machine right?",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is signed by itself: give it (or its authority) as tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the authority that signed the broker's certificate is not known here: give its certificate as tls.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the authority that signed the broker's certificate is not known here: give its certificate as tls.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the authority that signed the broker's certificate is not known here: give its certificate as tls.ca",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the broker's certificate is for another host name: use that name in the URL, or give it as tls.serverName",
};

/** Errors of OpenSSL, by what their message holds: they come with several codes. */
const tlsSentences: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/wrong.version.number|packet length too long/i, 'this port does not speak TLS: is it the plain one?'],
  [
    /alert.(certificate.required|handshake.failure)/i,
    'the broker may want a certificate of the client: give tls.cert and tls.key',
  ],
  [/alert.unknown.ca/i, 'the broker does not know the authority that signed our certificate'],
  [/alert.protocol.version|unsupported.protocol/i, 'the broker speaks only TLS older than 1.2, which is not safe'],
  [/key.values.mismatch/i, 'tls.cert and tls.key do not belong together'],
  [/bad.decrypt|bad.password|interrupted or cancelled/i, 'tls.key needs another passphrase (tls.passphrase)'],
];

/** An error of the network, in words. Node's messages hold addresses and names of files, never secrets. */
export function describeSocketError(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const known = socketSentences[code ?? ''] ?? tlsSentences.find(([pattern]) => pattern.test(`${code} ${error.message}`))?.[1];
  return known === undefined ? error.message.split('\n', 1)[0]!.slice(0, 200) : code === null ? known : `${known} (${code})`;
}

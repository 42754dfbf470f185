/**
 * What becomes of a message that a companion sends. `lost`: the connection breaks before anybody has it.
 * `unacknowledged`: everybody has it, but the connection breaks instead of the ack.
 */
export type SendFate = 'delivered' | 'lost' | 'unacknowledged';

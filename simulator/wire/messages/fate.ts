/**
 * What becomes of a message that a companion sends. `lost`: the connection breaks before anybody has it.
 * `unacknowledged`: everybody has it, but the connection breaks instead of the ack. `undecryptable`: the other
 * side cannot read its copy and asks for it again.
 */
export type SendFate = 'delivered' | 'lost' | 'unacknowledged' | 'undecryptable';

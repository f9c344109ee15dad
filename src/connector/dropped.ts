/** Why a message that brings something to the component is not believed, or not looked at. */
export type DropReason =
  /** An event without anything that is understood. */
  | "no-event"
  /** Of a node that nobody asked for: some servers send all of a person's. */
  | "other-node"
  /** Of somebody who has not opted in, or of a node that is not watched. */
  | "stranger"
  /** From a full JID: a client that plays server. */
  | "full-jid"
  /** A carbon copy, a forwarded or privileged stanza inside: somebody else's words. */
  | "wrapped"
  /** Nobody says who published it, or somebody who cannot know. */
  | "unverified"
  /** Somebody else's item of the same name. */
  | "overwritten"
  /** Too much waits for this sender; a read brings it. */
  | "too-many"
  /** Without a sender, from our own domain, or to nobody here. */
  | "address"
  /** Nobody here takes such a stanza. */
  | "nobody"
  /** Whoever takes it has refused it. */
  | "refused"
  /** The sender, their host, or strangers altogether have too much under way … */
  | "crowded"
  /** … or send too much in a time. */
  | "too-fast"
  /** The answer to a question that nobody asked, or that somebody else was asked. */
  | "unasked"
  /** Above the limits of a stanza. */
  | "too-big"
  /** Somebody with whom the operator has nothing to do. */
  | "suspended";

export type Dropped = (reason: DropReason) => void;

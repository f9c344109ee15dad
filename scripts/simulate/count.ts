/** Rows, statements, RSA operations and bytes of a second, of what people do. */
import {
  READERS_OF_PAGE,
  ROW_BYTES,
  STANZA_BYTES,
  STATEMENTS,
  WIRE_BYTES,
  type Rsa,
  type Table,
  type Way,
} from "./costs.ts";
import { flowsOf, type Flows, type World } from "./model.ts";

export interface Counted {
  readonly flows: Flows;
  /** In a second of an average day. */
  readonly statements: Readonly<Partial<Record<Way, number>>>;
  /** Pages of readers, over all ways. */
  readonly readerPages: number;
  readonly rsa: Readonly<Record<Rsa, number>>;
  readonly requestsOut: number;
  readonly requestsIn: number;
  readonly stanzas: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly stanzaBytes: number;
  /** Rows that stay, in a second. */
  readonly rows: Readonly<Partial<Record<Table, number>>>;
  /** Rows that are put into the hot tables and taken out again, in a second. */
  readonly hotRows: number;
  /** Rows that there are, of people and between them. */
  readonly standing: Readonly<Partial<Record<Table, number>>>;
}

export function count(world: World): Counted {
  const flows = flowsOf(world);
  const repliesPassedOn = flows.repliesInHere + flows.repliesOutHere;
  const readers = readersOf(flows);
  return {
    flows,
    statements: statementsOf(flows),
    readerPages: readers.pages,
    rsa: rsaOf(flows),
    requestsOut:
      flows.postsOut * flows.podsOfPost +
      flows.limitedOut * flows.contactsOfLimited +
      flows.repliesOutThere +
      repliesPassedOn * flows.podsOfReply,
    requestsIn: receivedOf(flows),
    stanzas: readers.stanzas,
    ...bytesOf(flows),
    stanzaBytes: readers.stanzas * STANZA_BYTES,
    rows: rowsOf(flows),
    hotRows:
      receivedOf(flows) * 2 +
      flows.postsOut * flows.podsOfPost +
      flows.limitedOut * flows.contactsOfLimited +
      flows.repliesOutThere +
      repliesPassedOn * (flows.podsOfReply + 1),
    standing: standingOf(world),
  };
}

function receivedOf(flows: Flows): number {
  const { postsIn, limitedIn, sharesIn, commentsInThere, likesInThere, repliesInHere } = flows;
  return postsIn + limitedIn + sharesIn + commentsInThere + likesInThere + repliesInHere;
}

/** A post's readers are asked for page by page; a comment's are those of its post. */
function readersOf(flows: Flows): { readonly stanzas: number; readonly pages: number } {
  const { postsIn, limitedIn, sharesIn, commentsInThere, readersOfPost } = flows;
  const shown = postsIn + sharesIn + commentsInThere;
  return {
    stanzas: shown * readersOfPost + limitedIn + flows.repliesInHere,
    pages: shown * Math.ceil(readersOfPost / READERS_OF_PAGE),
  };
}

function statementsOf(flows: Flows): Partial<Record<Way, number>> {
  const cost = (way: Way, many: number, pods = 0): [Way, number] => {
    const { base, pod } = STATEMENTS[way];
    return [way, many * (base + pod * pods)];
  };
  const { repliesOutHere, repliesOutThere, podsOfReply } = flows;
  const pods =
    (repliesOutThere + repliesOutHere * podsOfReply) / (repliesOutThere + repliesOutHere);
  return Object.fromEntries([
    cost("somebody here posts", flows.postsOut + flows.limitedOut, flows.podsOfPost),
    cost("somebody here comments", repliesOutThere + repliesOutHere, pods),
    cost("a public post comes", flows.postsIn),
    cost("a limited post comes", flows.limitedIn),
    cost("a share comes", flows.sharesIn),
    cost("a comment comes, below a post of a pod", flows.commentsInThere),
    cost("a like comes, of a post of a pod", flows.likesInThere),
    cost("a comment comes, below a post of here", flows.repliesInHere, podsOfReply),
    cost("somebody reads a stream", flows.reads),
  ]);
}

/**
 * One envelope is signed for all pods that a thing goes to; what stands below a post is signed by
 * its author as well, and passed on under the name of the post's author.
 */
function rsaOf(flows: Flows): Record<Rsa, number> {
  const { postsOut, limitedOut, contactsOfLimited, repliesOutThere, repliesOutHere } = flows;
  const below = flows.commentsInThere + flows.likesInThere;
  return {
    sign: postsOut + limitedOut + 2 * (repliesOutThere + repliesOutHere) + flows.repliesInHere,
    verify: receivedOf(flows) + below + flows.repliesInHere,
    decrypt: flows.limitedIn + flows.repliesInHere,
    encrypt: limitedOut * contactsOfLimited + repliesOutThere,
  };
}

function bytesOf(flows: Flows): { readonly bytesOut: number; readonly bytesIn: number } {
  const { post, limited, comment, like } = WIRE_BYTES;
  const passedOn = (flows.repliesInHere + flows.repliesOutHere) * flows.podsOfReply;
  return {
    bytesOut:
      flows.postsOut * flows.podsOfPost * post +
      flows.limitedOut * flows.contactsOfLimited * limited +
      (flows.repliesOutThere + passedOn) * comment,
    bytesIn:
      (flows.postsIn + flows.sharesIn) * post +
      flows.limitedIn * limited +
      (flows.commentsInThere + flows.repliesInHere) * comment +
      flows.likesInThere * like,
  };
}

function rowsOf(flows: Flows): Partial<Record<Table, number>> {
  const { postsOut, limitedOut, repliesOutThere, repliesOutHere, podsOfReply } = flows;
  const out = postsOut + limitedOut + repliesOutThere + repliesOutHere;
  return {
    activities: out + receivedOf(flows),
    items: postsOut + limitedOut,
    audiences: limitedOut * flows.contactsOfLimited + flows.limitedIn,
    ledger:
      postsOut * flows.podsOfPost +
      limitedOut * flows.contactsOfLimited +
      repliesOutThere +
      (flows.repliesInHere + repliesOutHere) * podsOfReply,
  };
}

function standingOf({ people, elsewhere, follows, across }: World): Partial<Record<Table, number>> {
  const there = people * elsewhere;
  return {
    people: people + there,
    profiles: there,
    relationships: 2 * people * follows * across,
    subscriptions: people * follows * across,
    destinations: people + there * 2,
  };
}

export const bytesOfRow = (table: Table): number => ROW_BYTES[table].row + ROW_BYTES[table].indexes;

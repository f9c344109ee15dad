/** What so many people do in a day, as far as the other network hears of it. */
import { distinctPods, followerClasses, podClasses, type Class } from "./followers.ts";

export interface World {
  /** Of here, with an account that takes part. */
  readonly people: number;
  /** Of the federation that people here have to do with: so many for each of here. */
  readonly elsewhere: number;
  readonly pods: number;
  /** Whom somebody follows on the average. */
  readonly follows: number;
  /** Of those, the part on the other network. */
  readonly across: number;
  /** Of all people, those who write or read on a day. */
  readonly active: number;
  /** By one who is active, in a day. */
  readonly perDay: {
    readonly posts: number;
    readonly comments: number;
    readonly likes: number;
    readonly shares: number;
    readonly reads: number;
  };
  /** Of the posts, those for few. */
  readonly limited: number;
  /** Of a day's work, what falls in its busiest hour. */
  readonly peakHour: number;
}

export const WORLD: World = {
  people: 10_000_000,
  elsewhere: 1,
  pods: 20_000,
  follows: 40,
  across: 0.5,
  active: 0.1,
  perDay: { posts: 0.8, comments: 1, likes: 2, shares: 0.3, reads: 5 },
  limited: 0.1,
  peakHour: 0.08,
};

/** What happens in a second of an average day. Each is a way of costs.ts, and to how many it goes. */
export interface Flows {
  readonly postsOut: number;
  readonly limitedOut: number;
  /** Comments and likes of people here, below posts of pods, of here. */
  readonly repliesOutThere: number;
  readonly repliesOutHere: number;
  readonly postsIn: number;
  readonly limitedIn: number;
  readonly sharesIn: number;
  readonly commentsInThere: number;
  readonly likesInThere: number;
  /** Comments and likes of pods, below posts of here: they are passed on. */
  readonly repliesInHere: number;
  readonly reads: number;
  /** Pods that a public post of here goes to; contacts that one for few goes to. */
  readonly podsOfPost: number;
  readonly podsOfReply: number;
  readonly contactsOfLimited: number;
  /** People here who read a post of somebody elsewhere. */
  readonly readersOfPost: number;
}

const DAY = 86_400;
/** A post for few goes to no more than this. */
const FEW = 50;
/** What is answered has more readers than what is not: so many times the average. */
const ANSWERED = 4;

export function flowsOf(world: World): Flows {
  const { people, follows, across, active, perDay, limited } = world;
  const there = people * world.elsewhere;
  const second = (each: number, who: number): number => (who * active * each) / DAY;
  // Everybody who follows across is a follower across of somebody: as many there as here.
  const classes = followerClasses(there, (follows * across * there) / people);
  const pods = podClasses(world.pods);
  const podsOf = (times: number): number =>
    mean(classes, (followers) => distinctPods(followers * times, pods));
  const heard = heardOf(classes);
  const replies = perDay.comments + perDay.likes;
  return {
    postsOut: second(perDay.posts * (1 - limited), people),
    limitedOut: second(perDay.posts * limited, people),
    repliesOutThere: second(replies * across, people),
    repliesOutHere: second(replies * (1 - across), people) * heard,
    postsIn: second(perDay.posts * (1 - limited), there) * heard,
    limitedIn: second(perDay.posts * limited, there) * heard,
    sharesIn: second(perDay.shares, there) * heard,
    commentsInThere: second(perDay.comments * (1 - across), there) * heard,
    likesInThere: second(perDay.likes * (1 - across), there) * heard,
    repliesInHere: second(replies * across, there),
    reads: second(perDay.reads, people),
    podsOfPost: podsOf(1),
    podsOfReply: podsOf(ANSWERED),
    contactsOfLimited: mean(classes, (followers) => Math.min(FEW, followers)),
    readersOfPost: follows * across,
  };
}

function mean(classes: readonly Class[], of: (followers: number) => number): number {
  return classes.reduce((sum, { share, followers }) => sum + share * of(followers), 0);
}

/** Of those elsewhere, the part whom somebody here follows: the others' pods send nothing. */
function heardOf(classes: readonly Class[]): number {
  return mean(classes, (followers) => Math.min(1, 1 - Math.exp(-followers)));
}

/**
 * How many follow somebody, and on how many pods they are. Followers are distributed by a power
 * law: a few have a great part of all. The exponent is the one that Kwak et al. found among 41
 * million people (What is Twitter, a social network or a news media? WWW 2010, §3): 2.276 for the
 * density; nobody has more than a tenth of all.
 */

/** Of the chance to have more than so many. */
const TAIL = 1.276;
const MOST_OF_ALL = 0.1;

export interface Class {
  /** Of those who write, this part. */
  readonly share: number;
  readonly followers: number;
}

/** Steps of the distribution, each a quarter wider than the one before. */
const STEP = 1.25;

/** Everybody has followers in one of these classes; on the average `mean`. */
export function followerClasses(people: number, mean: number): Class[] {
  const most = Math.max(2, people * MOST_OF_ALL);
  const beyond = (x: number): number => (x >= most ? 0 : x ** -TAIL);
  const classes: Class[] = [];
  for (let from = 1; from < most; from *= STEP) {
    const to = Math.min(most, from * STEP);
    classes.push({ share: beyond(from) - beyond(to), followers: Math.sqrt(from * to) });
  }
  const shares = classes.reduce((sum, one) => sum + one.share, 0);
  const mass = classes.reduce((sum, { share, followers }) => sum + share * followers, 0);
  // The shape is kept, the mean is as wished: half a follower is one of two people's.
  const scale = (mean * shares) / mass;
  return classes.map(({ share, followers }) => ({
    share: share / shares,
    followers: Math.min(most, followers * scale),
  }));
}

/** Pods in classes of like size: pod r has 1/r of what the first has (Zipf). */
export interface PodClass {
  readonly pods: number;
  /** Of all people elsewhere, those of one of them. */
  readonly share: number;
}

export function podClasses(pods: number): PodClass[] {
  const classes: { pods: number; weight: number }[] = [];
  for (let from = 1; from <= pods;) {
    const to = Math.min(pods, Math.ceil(from * STEP));
    const count = to - from + 1;
    classes.push({ pods: count, weight: 1 / Math.sqrt(from * to) });
    from = to + 1;
  }
  const all = classes.reduce((sum, { pods: count, weight }) => sum + count * weight, 0);
  return classes.map(({ pods: count, weight }) => ({ pods: count, share: weight / all }));
}

/** On how many different pods so many people are, when they are there by chance. */
export function distinctPods(people: number, classes: readonly PodClass[]): number {
  return classes.reduce((sum, { pods, share }) => sum + pods * (1 - (1 - share) ** people), 0);
}

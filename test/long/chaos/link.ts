/**
 * A way between two programs that can be cut, or stand still as a network does that loses every
 * packet: TCP stays half open then, nobody is told anything.
 */
import { createServer, connect, type NetConnectOpts, type Socket } from "node:net";

export interface Link {
  readonly name: string;
  /** Where to connect instead. */
  readonly port: number;
  /** Drops what is open and takes nothing more until `heal`. */
  cut(): void;
  /** Neither forwards nor closes, until `heal`. */
  stall(): void;
  /**
   * `forsake`: nothing passes any more on what stood still, as behind a router that has forgotten
   * it; whoever writes to somebody who has hung up since then is reset.
   */
  heal(forsake: boolean): void;
  close(): Promise<void>;
}

interface Pair {
  readonly left: Socket;
  right: Socket | null;
}

/** `target` is asked anew for each connection. */
export async function openLink(name: string, target: () => NetConnectOpts): Promise<Link> {
  const pairs = new Set<Pair>();
  const forsaken = new Set<Pair>();
  let state: "open" | "cut" | "stalled" = "open";

  const server = createServer((left) => {
    left.setNoDelay(true);
    left.on("error", () => undefined);
    if (state === "cut") {
      left.resetAndDestroy();
      return;
    }
    const pair: Pair = { left, right: null };
    pairs.add(pair);
    left.once("close", () => {
      pairs.delete(pair);
      pair.right?.end();
    });
    if (state === "stalled") left.pause();
    else join(pair);
  });
  const join = (pair: Pair): void => {
    const { left } = pair;
    const right = connect(target());
    right.setNoDelay(true);
    pair.right = right;
    right.on("error", () => left.resetAndDestroy());
    right.once("close", () => left.end());
    right.on("data", (bytes) => left.write(bytes));
    left.on("data", (bytes) => right.write(bytes));
  };
  const forget = ({ left, right }: Pair): void => {
    if (right === null) return;
    for (const [one, far] of [
      [left, right],
      [right, left],
    ] as const) {
      one.removeAllListeners("data").removeAllListeners("close").removeAllListeners("end");
      one.on("data", () => {
        if (far.destroyed || far.readableEnded) one.destroy();
      });
    }
  };
  const drop = (pair: Pair): void => {
    pair.left.resetAndDestroy();
    pair.right?.destroy();
  };

  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return {
    name,
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut() {
      state = "cut";
      for (const pair of pairs) drop(pair);
    },
    stall() {
      state = "stalled";
      for (const { left, right } of pairs) {
        left.pause();
        right?.pause();
      }
    },
    heal(forsake) {
      const stood = state === "stalled" ? [...pairs] : [];
      state = "open";
      for (const pair of stood) {
        if (forsake) {
          pairs.delete(pair);
          forsaken.add(pair);
          forget(pair);
        } else if (pair.right === null) join(pair);
        pair.left.resume();
        pair.right?.resume();
      }
    },
    async close() {
      state = "cut";
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of [...pairs, ...forsaken]) drop(pair);
      await closed;
    },
  };
}

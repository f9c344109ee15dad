/** Comments nodes that may hold what no event has brought, while that cannot be noted in the store. */
import type { CommentPorts } from "./collector-ports.ts";
import type { NodePlace } from "./ports.ts";

export interface OwedNodes {
  add(place: NodePlace): void;
  addAll(): void;
  /** Notes them in the store; what it does not take is owed on. */
  pay(): Promise<void>;
}

/** More than these are owed as all of them. */
const MOST = 1_000;

export function createOwedNodes(
  ports: Pick<CommentPorts, "allCommentNodesDue" | "commentNodeDue">,
): OwedNodes {
  const owed = new Map<string, NodePlace>();
  let owesAll = false;

  function addAll(): void {
    owesAll = true;
    owed.clear();
  }

  return {
    add(place) {
      if (owesAll) return;
      owed.set(`${place.service} ${place.node}`, place);
      if (owed.size > MOST) addAll();
    },
    addAll,
    async pay() {
      if (owesAll) await ports.allCommentNodesDue();
      owesAll = false;
      for (const [key, place] of owed) {
        await ports.commentNodeDue(place, false);
        owed.delete(key);
      }
    },
  };
}

/** Who can see something, as its author may ask. */
import type { DiasporaId } from "./ids.ts";
import type { RemotePerson } from "./person.ts";

export type Reach =
  /** `pods`: URLs of those that have it or get it. */
  | { readonly audience: "public"; readonly pods: readonly string[] }
  /**
   * `former`: had it, and get no more of it. `ownNode`: it stands in its author's own microblog,
   * whose server decides who else reads it on the XMPP side.
   */
  | {
      readonly audience: "limited";
      readonly people: readonly RemotePerson[];
      readonly former: readonly RemotePerson[];
      readonly ownNode: boolean;
    }
  /** Of somebody else: only the author's pod knows. */
  | { readonly audience: "others"; readonly author: DiasporaId; readonly public: boolean };

/** Of what a person would write now. */
export interface DraftReach {
  /** In their own microblog, as its server shows it. */
  readonly microblog: Reach;
  /** By the command, to contacts. */
  readonly contacts: Reach;
}

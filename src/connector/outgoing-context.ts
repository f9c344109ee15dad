/** What every outgoing stanza needs to know of the component. */
import type { Activity } from "../activitystreams/activity.ts";
import type { ActivityContent } from "../activitystreams/delivery.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { Seen } from "../activitystreams/stream.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";

export interface OutgoingContext {
  readonly componentDomain: string;
  /** Of one stanza, serialised. */
  readonly maxBytes: number;
}

/** What a stanza has beside the payload or body that is measured. */
export const ENVELOPE_BYTES = 4_096;

/** Who speaks: a component may send for its own domain only, so a local person is told of. */
export function speakerOf(
  person: LocalPerson | RemotePerson,
  { componentDomain }: OutgoingContext,
): string {
  return "jid" in person ? componentDomain : virtualJid(person.diasporaId, componentDomain);
}

export function nameOf({ name, diasporaId }: LocalPerson | RemotePerson): string {
  return name.trim() === "" ? diasporaId : name.trim();
}

/** What is to be shown, when its kind is known. */
export function seenAs<A extends Activity>(
  { author, itemId, root }: ActivityContent,
  activity: A,
): Seen<A> {
  return { activity, author, itemId, root };
}

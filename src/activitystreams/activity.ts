/**
 * The shared language: an Activity is one fact. Each wing translates its wire forms to
 * and from it, so that neither knows the other's. Verbs and object types are
 * ActivityStreams 1.0's own words.
 */
import type { DiasporaId, Guid, Jid } from "./ids.ts";

export type Verb = "post" | "follow" | "unfollow" | "block" | "delete" | "update";

/** Who did it: a person of the federation, or an XMPP account. */
export type Actor =
  | { readonly network: "diaspora"; readonly id: DiasporaId; readonly name?: string }
  | { readonly network: "xmpp"; readonly id: Jid; readonly name?: string };

/**
 * Text in the federation's own form, Markdown, which loses nothing on the way there;
 * the XHTML that XMPP readers see is rendered from it.
 */
export interface Note {
  readonly type: "note";
  readonly guid: Guid;
  /** Markdown, LF only, no outer white space; at most 65,535 code points. May be empty when there are photos. */
  readonly markdown: string;
  /** Lower-case, without `#`, each once, in the order of the text. */
  readonly tags: readonly string[];
  readonly photos: readonly Photo[];
  readonly location?: Place;
  /** Where a person can read it in a browser. */
  readonly url?: string;
  /** The software it was written with. */
  readonly generator?: string;
  readonly edited?: Date;
}

export interface Photo {
  readonly guid: Guid;
  /** Absolute http(s) URL of the picture itself. */
  readonly url: string;
  readonly text?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface Place {
  readonly address: string;
  readonly latitude: string;
  readonly longitude: string;
}

/** The object of follow, unfollow and block. */
export interface PersonObject {
  readonly type: "person";
  readonly id: DiasporaId;
}

/** The object of delete. */
export interface Tombstone {
  readonly type: "tombstone";
  readonly guid: Guid;
  /** The federation's name of what is gone: Post, Comment, Like, Photo … */
  readonly targetType: string;
}

export type ActivityObject = Note | PersonObject | Tombstone;

/** Default private: only `public` may be shown to a stranger. */
export type Audience = "public" | "limited";

interface ActivityBase<V extends Verb, O extends ActivityObject> {
  readonly verb: V;
  readonly actor: Actor;
  readonly object: O;
  readonly audience: Audience;
  readonly published: Date;
}

export type PostActivity = ActivityBase<"post" | "update", Note>;
export type RelationActivity = ActivityBase<"follow" | "unfollow" | "block", PersonObject>;
export type DeleteActivity = ActivityBase<"delete", Tombstone>;

export type Activity = PostActivity | RelationActivity | DeleteActivity;

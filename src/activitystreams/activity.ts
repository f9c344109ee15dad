/**
 * The shared language: an Activity is one fact. Each wing translates its wire forms to
 * and from it, so that neither knows the other's. Verbs and object types are
 * ActivityStreams 1.0's own words.
 */
import type { DiasporaId, Guid, Jid } from "./ids.ts";

/** What was done, in ActivityStreams 1.0's words. */
export type Verb =
  | "post"
  | "update"
  | "share"
  | "like"
  | "dislike"
  | "vote"
  | "rsvp-yes"
  | "rsvp-no"
  | "rsvp-maybe"
  | "join"
  | "send"
  | "follow"
  | "unfollow"
  | "block"
  | "delete"
  | "terminate"
  | "replace";

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
  readonly question?: Question;
  readonly event?: EventObject;
  /** A page that the post is about, or the wish that none be shown for the links in it. */
  readonly bookmark?: Bookmark;
  /** Where a person can read it in a browser. */
  readonly url?: string;
  /** The software it was written with. */
  readonly generator?: string;
  readonly edited?: Date;
}

/** A picture of a post. */
export interface Photo {
  readonly guid: Guid;
  /** Absolute http(s) URL of the picture itself. */
  readonly url: string;
  readonly text?: string;
  readonly width?: number;
  readonly height?: number;
}

/** Where a post was written, or an event is; coordinates as the wire has them, in degrees. */
export interface Place {
  readonly address: string;
  readonly latitude: string;
  readonly longitude: string;
}

/** A poll. */
export interface Question {
  readonly guid: Guid;
  readonly question: string;
  /** At least two. */
  readonly answers: readonly { readonly guid: Guid; readonly text: string }[];
}

/** Inside a post, or by itself when it was changed. */
export interface EventObject {
  readonly type: "event";
  readonly guid: Guid;
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  /** UTC. */
  readonly start: Date;
  readonly end?: Date;
  readonly allDay: boolean;
  /** IANA name in which start and end are meant. */
  readonly timezone?: string;
  readonly location?: Place;
  readonly edited?: Date;
}

/** A page that a post is about, or the wish that none be shown. */
export type Bookmark =
  | {
      readonly url: string;
      readonly title?: string;
      readonly description?: string;
      readonly image?: string;
    }
  | { readonly nothing: true };

/** Somebody's post, passed on. */
export interface Share {
  readonly type: "share";
  readonly guid: Guid;
  /** null when it is gone. */
  readonly root: { readonly author: DiasporaId; readonly guid: Guid } | null;
  /** The post was taken back then, after it had been passed on. */
  readonly edited?: Date;
}

/** A photo by itself, not inside a post. */
export interface Image extends Photo {
  readonly type: "image";
  /** The post that it belongs to, which may come later. */
  readonly attachedTo?: Guid;
  readonly edited?: Date;
}

/** What somebody wrote below a post. */
export interface Comment {
  readonly type: "comment";
  readonly guid: Guid;
  /** Markdown, as in a Note. */
  readonly markdown: string;
  /** The post. */
  readonly inReplyTo: Guid;
  /** COMPAT(Friendica, Python federation): the comment that this one answers. */
  readonly thread?: Guid;
  readonly edited?: Date;
}

/** The object of like and dislike. */
export interface Opinion {
  readonly type: "opinion";
  readonly guid: Guid;
  readonly about: { readonly type: "post" | "comment"; readonly guid: Guid };
}

/** The object of vote: an answer to a question. */
export interface Vote {
  readonly type: "vote";
  readonly guid: Guid;
  readonly question: Guid;
  readonly answer: Guid;
}

/** The object of rsvp-yes, rsvp-no and rsvp-maybe. */
export interface Attendance {
  readonly type: "attendance";
  readonly guid: Guid;
  readonly event: Guid;
  readonly edited?: Date;
}

/** The object of join: whoever takes part in a post's conversation gets what is said there. */
export interface Participation {
  readonly type: "participation";
  readonly guid: Guid;
  readonly post: Guid;
}

/** A private conversation with what was said in it so far. */
export interface Conversation {
  readonly type: "conversation";
  readonly guid: Guid;
  readonly subject: string;
  /** The author is one of them. */
  readonly participants: readonly DiasporaId[];
  readonly messages: readonly (Message & { readonly published: Date })[];
}

/** One message of a private conversation. */
export interface Message {
  readonly type: "message";
  readonly guid: Guid;
  readonly conversation: Guid;
  /** Markdown. */
  readonly markdown: string;
  readonly edited?: Date;
}

/** What a person tells of themselves. */
export interface Profile {
  readonly type: "profile";
  /** As other people see it; may be made of first and last name. */
  readonly name?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** Absolute http(s) URLs; all three, where there is a picture at all. */
  readonly photo?: { readonly large: string; readonly medium: string; readonly small: string };
  /** Markdown. */
  readonly bio?: string;
  /** `YYYY-MM-DD`; the year 1004 means that none is given. */
  readonly birthday?: string;
  readonly gender?: string;
  readonly location?: string;
  /** Without `#`. */
  readonly tags: readonly string[];
  readonly searchable: boolean;
  readonly nsfw: boolean;
  readonly edited?: Date;
}

/** The object of terminate: the actor's account is closed for good. */
export interface AccountObject {
  readonly type: "account";
  readonly id: DiasporaId;
}

/** The object of replace: one account of a person goes on under another name. */
export interface Migration {
  readonly type: "migration";
  readonly from: DiasporaId;
  readonly to: DiasporaId;
  readonly profile: Profile;
  /** By the identity that did not sign the envelope. */
  readonly signature: string;
  readonly photoPath?: string;
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

/** What something was done to; `type` tells which. */
export type ActivityObject =
  | Note
  | Share
  | Image
  | EventObject
  | Comment
  | Opinion
  | Vote
  | Attendance
  | Participation
  | Conversation
  | Message
  | Profile
  | PersonObject
  | AccountObject
  | Migration
  | Tombstone;

/** Default private: only `public` may be shown to a stranger. */
export type Audience = "public" | "limited";

interface ActivityBase<V extends Verb, O extends ActivityObject> {
  readonly verb: V;
  readonly actor: Actor;
  readonly object: O;
  readonly audience: Audience;
  readonly published: Date;
}

/** A post, written or changed. */
export type PostActivity = ActivityBase<"post" | "update", Note>;
/** What one person is to another from now on. */
export type RelationActivity = ActivityBase<"follow" | "unfollow" | "block", PersonObject>;
/** Something was taken back. */
export type DeleteActivity = ActivityBase<"delete", Tombstone>;

/** A post of somebody else was passed on. */
export type ShareActivity = ActivityBase<"share", Share>;
/** A picture by itself. */
export type ImageActivity = ActivityBase<"post" | "update", Image>;
/** An event by itself. */
export type EventActivity = ActivityBase<"post" | "update", EventObject>;
/** A comment below a post. */
export type CommentActivity = ActivityBase<"post" | "update", Comment>;
/** A like or a dislike. */
export type OpinionActivity = ActivityBase<"like" | "dislike", Opinion>;
/** An answer to a poll. */
export type VoteActivity = ActivityBase<"vote", Vote>;
/** An answer to an event. */
export type AttendanceActivity = ActivityBase<"rsvp-yes" | "rsvp-no" | "rsvp-maybe", Attendance>;
/** Somebody wants to be told what is said below a post. */
export type ParticipationActivity = ActivityBase<"join", Participation>;
/** A private conversation was begun. */
export type ConversationActivity = ActivityBase<"send", Conversation>;
/** A private message. */
export type MessageActivity = ActivityBase<"send", Message>;
/** A changed profile. */
export type ProfileActivity = ActivityBase<"update", Profile>;
/** An account was closed for good. */
export type TerminateActivity = ActivityBase<"terminate", AccountObject>;
/** A person moved to another account. */
export type MigrationActivity = ActivityBase<"replace", Migration>;

/** One fact of the federation: who did what, to what, who may see it, and when. */
export type Activity =
  | PostActivity
  | RelationActivity
  | DeleteActivity
  | ShareActivity
  | ImageActivity
  | EventActivity
  | CommentActivity
  | OpinionActivity
  | VoteActivity
  | AttendanceActivity
  | ParticipationActivity
  | ConversationActivity
  | MessageActivity
  | ProfileActivity
  | TerminateActivity
  | MigrationActivity;

/** The activities whose object is of this type. */
export type ActivityAbout<T extends ActivityObject["type"]> = Extract<
  Activity,
  { readonly object: { readonly type: T } }
>;

/** The verb alone does not tell: `post` is said of notes, comments, pictures and events. */
export function isAbout<T extends ActivityObject["type"]>(
  activity: Activity,
  type: T,
): activity is ActivityAbout<T> {
  return activity.object.type === type;
}

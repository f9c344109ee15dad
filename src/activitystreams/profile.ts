/** The two halves of a profile, and how one is collected on the XMPP side. */
import type { Profile } from "./activity.ts";

/** What everybody may know of somebody, whoever asks. */
export type OpenProfile = Omit<Profile, keyof ProfileDetails>;
/** What diaspora* shows to contacts only, unless its owner wants otherwise. */
export type ProfileDetails = Pick<Profile, "bio" | "birthday" | "gender" | "location">;

export function splitProfile(profile: Profile): { open: OpenProfile; details: ProfileDetails } {
  const { bio, birthday, gender, location, ...open } = profile;
  return {
    open,
    details: {
      ...(bio === undefined ? {} : { bio }),
      ...(birthday === undefined ? {} : { birthday }),
      ...(gender === undefined ? {} : { gender }),
      ...(location === undefined ? {} : { location }),
    },
  };
}

export interface Avatar {
  /** Lower-case hex, of exactly these bytes. */
  readonly sha1: string;
  readonly bytes: Buffer;
}

/**
 * What was found in a local person's nodes, as a stranger reads them: absent when it has not
 * changed, null when it is gone or not for strangers.
 */
export interface ProfileChange {
  readonly vcard?: Profile | null;
  readonly nick?: string | null;
  readonly avatar?: Avatar | null;
}

/** `small`: 50 pixels, `medium`: 100, `large`: 300, as diaspora* has them. */
export type AvatarSize = keyof NonNullable<Profile["photo"]>;

/**
 * How far a remote person is with the local one's presence: never asked or ended, asked for,
 * granted, refused or taken back. Who was granted it gets what is meant for contacts.
 */
export type PresenceState = "none" | "asked" | "granted" | "refused";

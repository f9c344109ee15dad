/** Link relations of the federation's discovery documents (diaspora-protocol.md §11). */
export const REL_HCARD = "http://microformats.org/profile/hcard";
export const REL_SEED = "http://joindiaspora.com/seed_location";
export const REL_PROFILE = "http://webfinger.net/rel/profile-page";
export const REL_ATOM = "http://schemas.google.com/g/2010#updates-from";
export const REL_SALMON = "salmon";
export const REL_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe";
/** Legacy WebFinger only. */
export const REL_GUID = "http://joindiaspora.com/guid";
export const REL_PUBLIC_KEY = "diaspora-public-key";
export const REL_LRDD = "lrdd";

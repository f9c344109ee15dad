/** Of pods whose pictures the operator does not want, posts come without them. */
import { isAbout, type Activity } from "../activitystreams/activity.ts";
import { hostOf } from "../activitystreams/ids.ts";
import type { Standings } from "../activitystreams/standing.ts";
import { DxError } from "../errors/error.ts";

/** Throws DX_SUSPENDED for what consists of nothing else. */
export function withoutRefused(activity: Activity, standings: Standings): Activity {
  const { actor } = activity;
  if (actor.network !== "diaspora" || !standings.rejectsMedia(hostOf(actor.id))) return activity;
  if (!isAbout(activity, "note") || activity.object.photos.length === 0) return activity;
  if (activity.object.markdown === "") throw new DxError("DX_SUSPENDED");
  return { ...activity, object: { ...activity.object, photos: [] } };
}

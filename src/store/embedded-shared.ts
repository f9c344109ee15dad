/**
 * A folder below /var/lib for root's use: what an unprivileged account must reach although
 * the project, or its data folder, lies below a home that is closed to it.
 */
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { DxError } from "../errors/error.ts";

export const SHARED = "/var/lib/diaspora-x-embedded";

/** Made by root, written by root alone: nobody else may put a program or a cluster there. */
export function sharedFolder(): string {
  mkdirSync(SHARED, { recursive: true, mode: 0o755 });
  assertRootsOwn(SHARED);
  // Whatever the umask was.
  chmodSync(SHARED, 0o755);
  return SHARED;
}

/** Throws DX_EMBEDDED_FAILED unless the folder (no link) is root's and closed to others' writing. */
export function assertRootsOwn(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return;
  throw new DxError("DX_EMBEDDED_FAILED", {
    detail: `${folder} must be a folder that belongs to root and that nobody else may write to: look who made it, then remove it`,
  });
}

/**
 * What is written for parts that are not built yet: it is printed as not run. The variable
 * DIASPORA_X_TRY (names with commas between, or `all`) runs it nevertheless.
 */
export function notYet(need: string): string | false {
  const tried = (process.env["DIASPORA_X_TRY"] ?? "").split(",");
  return tried.includes("all") || tried.includes(need) ? false : `not run: it needs ${need}`;
}

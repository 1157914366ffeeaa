/**
 * `/portal#key=pk_…`: how a producer is invited. A fragment is never sent to a server, so the key
 * stands in no log; it is taken out of the address bar and the history before anything else runs.
 */

const FORM = /^#key=(pk_[A-Za-z0-9_-]{8,190})$/;

/** The key in the address, or null. */
export function readInvitation() {
  const found = FORM.exec(location.hash);
  if (found === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return found[1];
}

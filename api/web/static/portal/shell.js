/** Registers the worker that keeps the portal usable without a network. */

/** Whether it could be; browsers allow it over https and on one's own machine only. */
export async function keepShell(url) {
  if (!("serviceWorker" in navigator)) return false;
  const policy = window.trustedTypes?.createPolicy("portal-worker", {
    createScriptURL: (asked) => {
      if (asked !== "/portal/worker.js") throw new TypeError("this is not the portal's worker");
      return asked;
    },
  });
  await navigator.serviceWorker.register(policy?.createScriptURL(url) ?? url, { scope: "/portal" });
  return true;
}

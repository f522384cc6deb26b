"use strict";
// The page works without this; with it, a requester who comes back from TeamViewer sees that the session is over.
document.addEventListener("visibilitychange", async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { method: "HEAD" });
    if (answer.status === 410) location.reload();
  } catch {
    // Without a network the page stays as it is.
  }
});

/**
 * What waits for somebody of the organization to know of it, one matter each: a recall with all that
 * was told of it, or one broken cold chain. Kinds of alerts that are not known here are passed over
 * (docs/formats/alert.md).
 */

/** {alerts, notice, recallID, at, isOpen} each, newest first: the server's alerts and its recall
    inbox. `notice` and `recallID` are null for a cold chain. */
export function mattersOf(alerts, inbox) {
  const recalls = new Map(inbox.map((notice) => [notice.recall.id, { notice, alerts: [] }]));
  const matters = [];
  for (const alert of alerts) {
    const id = alert.body.recall?.id;
    if (id !== undefined) {
      if (!recalls.has(id)) recalls.set(id, { notice: null, alerts: [] });
      recalls.get(id).alerts.push(alert);
    } else if (alert.kind === "cold-chain") {
      matters.push(matter(null, { notice: null, alerts: [alert] }));
    }
  }
  for (const [id, told] of recalls) matters.push(matter(id, told));
  return matters.sort((one, other) => other.at - one.at);
}

function matter(recallID, { notice, alerts }) {
  const told = notice === null ? [] : [notice];
  const times = [...alerts.map(({ createdAt }) => createdAt), ...told.map(({ toldAt }) => toldAt)];
  return {
    alerts,
    notice,
    recallID,
    at: Math.max(...times.map((time) => Date.parse(time))),
    isOpen: [...alerts, ...told].some(({ acknowledgedAt }) => acknowledgedAt === null),
  };
}

// One line to the server's live stream: opened, watched, opened again, and replaced by asking where it does not get
// through. Used by the shared worker (one line a browser) and, where there is none, by the page itself.

const SILENT = 40000; // ms without a sign of life (the server sends one every 15 s) after which a line is dead
const FIRST = 10000; // ms in which a new line must say hello
const LONGEST = 30000; // ms between two tries
const ASK_EVERY = 5000; // ms between two questions where no stream gets through
const TRY_STREAM_AGAIN = 300000; // ms after which the stream is tried again
const GIVE_UP_AFTER = 2; // lines that never said hello: something between us holds the stream back

// tell({type: "line", is_up}) · {type: "hello", since} · {type: "changes", changes: [[kind, id, version], …]}
// · {type: "stale", why} · {type: "ended"}: the session is over, nothing more will come
export function open_line(tell) {
  let source = null, watch = null, again = null, asking = null;
  let tries = 0, mute = 0, is_up = null, was_up = false, is_over = false, position = null;
  const told = new Map(); // what asking has told already: it tells the youngest again

  function set_up(now) {
    if (now === is_up) return;
    is_up = now;
    tell({ type: "line", is_up });
  }

  function watch_for(ms, then) {
    clearTimeout(watch);
    watch = setTimeout(then, ms);
  }

  function close() {
    clearTimeout(watch);
    source?.close();
    source = null;
  }

  function come_back(soon = false) {
    close();
    if (is_over || again) return;
    set_up(false);
    const wait = soon ? 300 : Math.min(LONGEST, 1000 * 2 ** tries);
    tries += 1;
    // not all at once when the server comes back
    again = setTimeout(() => { again = null; connect(); }, wait * (0.5 + Math.random()));
  }

  function end() {
    is_over = true;
    close();
    clearTimeout(asking);
    set_up(false);
    tell({ type: "ended" });
  }

  function connect() {
    close();
    clearTimeout(asking);
    let said_hello = false;
    const mine = source = new EventSource("/live");
    watch_for(FIRST, () => { mute += 1; mute >= GIVE_UP_AFTER ? ask_instead() : come_back(); });
    const on = (name, act) => mine.addEventListener(name, (event) => {
      if (mine !== source) return;
      watch_for(SILENT, () => come_back(true));
      act(event);
    });
    on("hello", (event) => {
      said_hello = true;
      tries = mute = 0;
      position = JSON.parse(event.data).since;
      set_up(true);
      tell({ type: "hello", since: position });
      if (was_up) tell({ type: "stale", why: "reconnect" });
      was_up = true;
    });
    on("change", (event) => {
      position = Number(event.lastEventId) || position;
      tell({ type: "changes", changes: JSON.parse(event.data) });
    });
    on("stale", () => tell({ type: "stale", why: "many" }));
    on("beat", () => {});
    on("bye", () => come_back(true));
    on("ended", end);
    mine.onerror = () => {
      if (mine !== source) return;
      // refused with a status that a stream cannot see: asking once tells whether the session is over
      if (!said_hello && mine.readyState === EventSource.CLOSED) ask_once().then((goes) => { if (goes && mine === source) come_back(); });
      else come_back();
    };
  }

  // Whether to go on; ends the line when the session is over.
  async function ask_once() {
    let answer;
    try {
      answer = await fetch(`/live/poll?since=${position ?? ""}`, { credentials: "same-origin", cache: "no-store" });
    } catch {
      return true;
    }
    if (answer.status === 401) { end(); return false; }
    if (!answer.ok) return true;
    const found = await answer.json();
    position = found.since;
    if (found.is_stale) {
      told.clear();
      if (was_up) tell({ type: "stale", why: "many" });
    }
    const fresh = found.changes.filter(([kind, id, version]) => !(told.get(`${kind}:${id}`) >= version));
    if (told.size > 5000) told.clear();
    for (const [kind, id, version] of fresh) told.set(`${kind}:${id}`, version);
    if (fresh.length) tell({ type: "changes", changes: fresh });
    return true;
  }

  function ask_instead() {
    close();
    const until = Date.now() + TRY_STREAM_AGAIN;
    const ask = async () => {
      const before = position;
      const goes = await ask_once();
      if (!goes || is_over) return;
      const is_heard = position !== null;
      if (is_heard && !is_up) tell({ type: "hello", since: before ?? position });
      set_up(is_heard);
      was_up ||= is_heard;
      if (Date.now() > until) { mute = 0; connect(); return; }
      asking = setTimeout(ask, ASK_EVERY);
    };
    ask();
  }

  connect();
  return {
    // where the line stands, for a page that comes later
    state: () => ({ is_up: Boolean(is_up), is_over, since: position }),
    close: () => { is_over = true; close(); clearTimeout(asking); clearTimeout(again); },
  };
}

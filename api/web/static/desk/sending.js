// Files of a message go to the desk chunk by chunk while the form is being filled in. A chunk that
// got lost is sent again from where the desk says the file ends.

const form = document.getElementById("write");
const pick = document.getElementById("pick");
const list = document.getElementById("files");
const send = document.getElementById("send");
const uploading = document.getElementById("uploading");

const { draft, token, failed, large, remove } = form.dataset;
const chunkBytes = Number(form.dataset.chunk);
const TRIES = 8;
const TOO_LARGE = 413;

let underWay = 0;

pick.addEventListener("change", async () => {
  const chosen = [...pick.files];
  pick.value = "";
  count(chosen.length);
  for (const file of chosen) {
    await take(file);
    count(-1);
  }
});

// Leaving the page in the middle would lose what was typed.
window.addEventListener("beforeunload", (event) => {
  if (underWay > 0) event.preventDefault();
});

function count(change) {
  underWay += change;
  send.disabled = underWay > 0;
  uploading.hidden = underWay === 0;
}

list.addEventListener("click", (event) => {
  if (event.target.closest("[data-remove]")) event.target.closest("li").remove();
});

async function take(file) {
  const row = document.createElement("li");
  row.className = "row";
  const name = document.createElement("span");
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = Math.max(file.size, 1);
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const share = document.createElement("small");
  row.append(name, share, bar);
  list.append(row);
  try {
    const query = new URLSearchParams({ name: file.name, size: String(file.size) });
    let there = await ask("POST", `/drafts/${draft}/files?${query}`);
    const { number } = there;
    let tries = 0;
    while (there.there < file.size) {
      const piece = file.slice(there.there, there.there + chunkBytes);
      try {
        there = await ask("PUT", `/drafts/${draft}/files/${number}/${there.there}`, piece);
        tries = 0;
      } catch (error) {
        tries += 1;
        if (tries > TRIES) throw error;
        await new Promise((done) => setTimeout(done, 500 * tries));
        there = await ask("GET", `/drafts/${draft}/files/${number}`).catch(() => there);
      }
      bar.value = there.there;
      share.textContent = `${Math.floor((100 * there.there) / bar.max)}%`;
    }
    bar.remove();
    share.remove();
    row.append(field(number), button());
  } catch (error) {
    bar.remove();
    share.remove();
    const told = document.createElement("span");
    told.className = "error";
    told.textContent = error.message === String(TOO_LARGE) ? large : failed;
    row.append(told, button());
  }
}

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body, headers: { "X-Desk-Token": token } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function field(number) {
  const hidden = document.createElement("input");
  hidden.type = "hidden";
  hidden.name = "file";
  hidden.value = String(number);
  return hidden;
}

function button() {
  const found = document.createElement("button");
  found.type = "button";
  found.className = "quiet";
  found.dataset.remove = "";
  found.textContent = remove;
  return found;
}

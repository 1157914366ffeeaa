// Files of a message go to the desk chunk by chunk while the form is being filled in. A chunk that
// got lost is sent again from where the desk says the file ends.

const form = document.getElementById("write");
const pick = document.getElementById("pick");
const list = document.getElementById("files");
const send = document.getElementById("send");

const { draft, token, failed, remove } = form.dataset;
const chunkBytes = Number(form.dataset.chunk);
const TRIES = 8;

let underWay = 0;

pick.addEventListener("change", async () => {
  const chosen = [...pick.files];
  pick.value = "";
  underWay += chosen.length;
  send.disabled = true;
  for (const file of chosen) {
    await take(file);
    underWay -= 1;
  }
  send.disabled = underWay > 0;
});

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
  row.append(name, bar);
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
    }
    bar.remove();
    row.append(field(number), button());
  } catch {
    bar.remove();
    const told = document.createElement("span");
    told.className = "error";
    told.textContent = failed;
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

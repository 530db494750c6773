// Sends a file to the streaming route and shows how far it is; called again on every rerun, so it keeps its state on the host.
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".drop");
  const words = data.strings;
  host.querySelector(".hint").textContent = words.hint;
  host.querySelector(".choose").textContent = words.choose;
  const input = host.querySelector("input");
  input.setAttribute("aria-label", words.choose);
  host.querySelector(".choose").onclick = () => input.click();
  input.onchange = () => input.files.length && send(input.files[0]);
  host.ondragover = (event) => { event.preventDefault(); host.classList.add("over"); };
  host.ondragleave = () => host.classList.remove("over");
  host.ondrop = (event) => {
    event.preventDefault();
    host.classList.remove("over");
    if (event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
  };

  const state = host.querySelector(".state");
  const bar = host.querySelector("progress");

  function say(text, bad) {
    state.textContent = text;
    state.classList.toggle("bad", Boolean(bad));
  }

  function send(file) {
    if (host.sending) return;
    if (file.size > data.limit) return say(words.large, true);
    host.sending = true;
    bar.hidden = false;
    bar.value = 0;
    say(file.name);
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/uploads/${encodeURIComponent(data.slug)}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Touchstone", "1");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onload = () => finish(request, file);
    request.onerror = () => end(words.lost, true);
    request.send(file);
  }

  function finish(request, file) {
    let reply = {};
    try { reply = JSON.parse(request.responseText); } catch { /* told below */ }
    if (request.status !== 200) return end(reply.message || words.lost, true);
    end(words.done.replace("{file}", file.name));
    setTriggerValue("uploaded", reply.upload);
  }

  function end(text, bad) {
    host.sending = false;
    bar.hidden = true;
    input.value = "";
    say(text, bad);
  }
}

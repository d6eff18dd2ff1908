// The presenter's page: sends what was chosen, and shows what the device and the gateway are doing.
const { base, language } = document.body.dataset;
const words = JSON.parse(document.body.dataset.words);
const find = (id) => document.getElementById(id);
const comma = (text) => (language === "sv" ? text.replace(".", ",") : text);

function say(text) {
  find("said").textContent = text;
}

async function post(path, body) {
  const answer = await fetch(`${base}/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(words[content.error] ?? content.error ?? content.detail?.[0]?.msg ?? answer.statusText);
  return content;
}

async function act(path, body, done) {
  try {
    say(done(await post(path, body)));
  } catch (error) {
    say(error.message);
  }
  await refresh();
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

find("blow-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = {
    brac_mg_per_l: Number(find("brac").value.replace(",", ".")),
    blow: find("quality").value,
    as_device: find("pace").value === "as_device",
  };
  act("blow", body, ({ moved_minutes: minutes }) =>
    minutes > 0 ? `${filled(words.moved, { minutes })} ${words.started}` : words.started);
});

for (const button of document.querySelectorAll(".preset")) {
  button.addEventListener("click", () => { find("brac").value = comma(button.dataset.brac); });
}
for (const button of document.querySelectorAll(".jump")) {
  button.addEventListener("click", () => act("clock", { minutes: Number(button.dataset.minutes) },
    ({ moved_minutes: minutes }) => filled(words.moved_on, { minutes })));
}
for (const button of document.querySelectorAll(".fault")) {
  button.addEventListener("click", () => act("fault", { fault: button.dataset.fault }, () => words.armed));
}

function show({ now, speed, device, gateway }) {
  const zone = { timeZone: "Europe/Stockholm", dateStyle: "medium", timeStyle: "medium" };
  find("clock").textContent = new Intl.DateTimeFormat(language === "sv" ? "sv-SE" : "en-GB", zone).format(new Date(now));
  find("speed").textContent = filled(words.speed, { speed });
  find("device-state").textContent = device ? `${device.model} · ${words[`is_${device.state}`]} · ${device.battery_mv} mV` : "–";
  find("gateway-state").textContent = gateway.view?.title ?? gateway.phase;
  find("last-value").textContent = gateway.brac_mg_per_l === null ? "–" : `${comma(gateway.brac_mg_per_l)} mg/L`;
  find("waiting").textContent = gateway.waiting;
  find("retest-hint").hidden = gateway.retest_due_at === null;
  find("blow").disabled = gateway.testing;
}

async function refresh() {
  const answer = await fetch(`${base}/api/state`);
  const content = await answer.json();
  if (answer.ok) show(content);
  else say(content.error);
}

async function watch() {
  try {
    await refresh();
  } catch {
    say("…");
  }
  setTimeout(watch, 400);
}
watch();

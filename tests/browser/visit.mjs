// Opens one page of the API in a headless Chromium and prints, as JSON, what a person would see and what went wrong.
// Nothing but the page's own origin can be reached; whatever else is asked for is reported.
//
//   node visit.mjs '{"url": "http://127.0.0.1:8080/docs", "ready": ".opblock", "screenshot": "/tmp/docs.png"}'
//
// With "token" and "operation" (Swagger UI): authorizes, opens that operation, executes it and reports its answer.

import bundled from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const task = JSON.parse(process.argv[2]);
const origin = new URL(task.url).origin;
const seen = { requests: [], foreign: [], violations: [], errors: [] };

function watch(page) {
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn") seen.errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith(origin)) seen.requests.push(url.slice(origin.length));
    else if (!/^(data|blob):/.test(url)) seen.foreign.push(url);
    return url.startsWith(origin) || /^(data|blob):/.test(url) ? request.continue() : request.abort();
  });
}

async function execute(page) {
  await page.evaluate((token) => window.ui.preauthorizeApiKey("bearer", token), task.token);
  const block = `[id$="${task.operation}"]`;
  await (await page.waitForSelector(`${block} .opblock-summary-control`)).click();
  await (await page.waitForSelector(`${block} .try-out__btn`)).click();
  await (await page.waitForSelector(`${block} .execute`)).click();
  const status = await page.waitForSelector(`${block} .live-responses-table tbody .response-col_status`);
  return (await status.evaluate((cell) => cell.textContent)).trim();
}

const installed = process.env.BROWSER_PATH;
const browser = await puppeteer.launch({
  executablePath: installed || (await bundled.executablePath()),
  // The bundled Chromium is built for one process; any other needs no sandbox in a container, and no more.
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...(installed ? [] : ["--single-process", "--no-zygote"])],
  headless: installed ? true : "shell",
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 1600 });
  await page.setRequestInterception(true);
  await page.exposeFunction("reportViolation", (text) => seen.violations.push(text));
  await page.evaluateOnNewDocument(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.effectiveDirective} ${event.blockedURI}`),
    ),
  );
  watch(page);
  const answer = await page.goto(task.url, { waitUntil: "networkidle0", timeout: 60_000 });
  await page.waitForSelector(task.ready, { timeout: 60_000 });
  if (task.operation) seen.answered = await execute(page);
  if (task.screenshot) await page.screenshot({ path: task.screenshot });
  seen.status = answer.status();
  seen.title = await page.title();
  seen.text = await page.evaluate(() => document.body.innerText);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));

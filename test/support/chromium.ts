import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/**
 * Whether there is a Chromium to test with. `.ci/run` installs it and sets TEST_CHROMIUM, so that a missing one fails
 * there; elsewhere a developer without it is told that it was left out.
 */
export function hasChromium(): boolean {
  const present = spawnSync('chromium', ['--version']).status === 0;
  if (process.env['TEST_CHROMIUM'] !== undefined || present) return true;
  process.stderr.write('chromium is not installed: reports are NOT looked at in a browser\n');
  return false;
}

export interface SeenPage {
  /** CSS pixels by which the page is wider than its window. */
  overflow: number;
  /** What a reader sees. */
  text: string;
  /** Of elements that a page of ours never has: scripts, images, frames, forms. */
  foreign: number;
  /** The colour of the page's background, `rgb(255, 255, 255)` where the page's own style was not applied. */
  background: string;
  /** Set by a script if one could run. */
  harmed: boolean;
}

/** Opens a page in a window of that width; a page beside it looks in. */
export async function seeInChromium(page: string, { width }: { width: number }): Promise<SeenPage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'chromium-'));
  try {
    await writeFile(path.join(directory, 'page.html'), page);
    await writeFile(path.join(directory, 'look.html'), look(width));
    const { stdout } = await promisify(execFile)(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--allow-file-access-from-files',
        `--user-data-dir=${path.join(directory, 'profile')}`,
        '--virtual-time-budget=5000',
        '--dump-dom',
        `file://${path.join(directory, 'look.html')}`,
      ],
      { maxBuffer: 1 << 26 },
    );
    const found = /<script id="seen" type="application\/json">(.*?)<\/script>/s.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`chromium did not show the page: ${stdout.slice(0, 500)}`);
    return JSON.parse(decodeURIComponent(found)) as SeenPage;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function look(width: number): string {
  return `<!doctype html><body style="margin:0"><script id="seen" type="application/json"></script>
<iframe src="page.html" style="border:0;width:${width}px;height:900px" onload="
  const seen = this.contentDocument, view = this.contentWindow;
  document.getElementById('seen').textContent = encodeURIComponent(JSON.stringify({
    overflow: seen.documentElement.scrollWidth - seen.documentElement.clientWidth,
    text: seen.body.innerText,
    foreign: seen.querySelectorAll('script,img,iframe,object,embed,form,link,base').length,
    background: view.getComputedStyle(seen.body).backgroundColor,
    harmed: view.harmed === true || window.harmed === true,
  }));
"></iframe>`;
}

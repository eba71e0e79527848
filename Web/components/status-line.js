import { systemHealth } from '../api.js';
import { element } from '../elements.js';

const INTERVAL = 30_000;
const WORDS = { healthy: 'All services up', degraded: 'Degraded', unhealthy: 'Unhealthy' };

/** How the installation is, asked again from time to time while someone looks. */
class StatusLine extends HTMLElement {
  timer = null;

  connectedCallback() {
    this.text = element('span', { role: 'status' });
    this.replaceChildren(element('span', { class: 'dot', 'aria-hidden': 'true' }), this.text);
    document.addEventListener('visibilitychange', () => {
      if (this.timer !== null && !document.hidden) this.refresh();
    });
  }

  start() {
    this.stop();
    this.timer = setInterval(() => { if (!document.hidden) this.refresh(); }, INTERVAL);
    this.refresh();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  async refresh() {
    try {
      const { status, services, version } = await systemHealth();
      const down = Object.entries(services).filter(([, state]) => state !== 'up').map(([name]) => name.replaceAll('_', ' '));
      this.say(status, `${down.length > 0 ? `${down.join(', ')} down` : WORDS[status] ?? status} · ${version}`);
    } catch (error) {
      if (error.status !== 401) this.say('unhealthy', error.title);
    }
  }

  say(state, text) {
    this.dataset.state = state;
    if (this.text.textContent !== text) this.text.textContent = text;  // read aloud only when it changes
  }
}

customElements.define('status-line', StatusLine);

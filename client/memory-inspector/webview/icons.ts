/** The few pictures of the page, drawn here: 16 by 16, in the colour of the text. */
import { html, svg, type TemplateResult } from "lit";

const shapes = {
  back: svg`<path d="M9.5 3.5 5 8l4.5 4.5"/>`,
  forward: svg`<path d="M6.5 3.5 11 8l-4.5 4.5"/>`,
  follow: svg`<circle cx="8" cy="8" r="4.5"/><circle cx="8" cy="8" r="1" fill="currentColor"/><path d="M8 1v2.5M8 12.5V15M1 8h2.5M12.5 8H15"/>`,
  memory: svg`<rect x="3" y="3" width="10" height="10" rx="1.5"/><path d="M6 6h4v4H6zM5.5 3V1M8 3V1M10.5 3V1M5.5 15v-2M8 15v-2M10.5 15v-2M3 5.5H1M3 8H1M3 10.5H1M15 5.5h-2M15 8h-2M15 10.5h-2"/>`,
} as const;

export function icon(name: keyof typeof shapes): TemplateResult {
  return html`<svg class="picture" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.2"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shapes[name]}</svg>`;
}

// vram-calculator.js lies in static/. MDX takes a custom element as it is.
const baseUrl = '/our-model/';

export default {
  title: 'Our model',
  url: 'https://example.org',
  baseUrl,
  presets: [['classic', { docs: { routeBasePath: '/' }, blog: false }]],
  scripts: [{ src: `${baseUrl}vram-calculator.js`, defer: true }],
};

// vram-calculator.js lies in public/. Vue has to be told that the element is none of its components.
const base = '/our-model/';

export default {
  title: 'Our model',
  base,
  head: [['script', { src: `${base}vram-calculator.js`, defer: '' }]],
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === 'vram-calculator' } } },
};

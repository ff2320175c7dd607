// Builds the page's one asset: script and style, in the frame that Rust fills with data.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Puts the built script and style into `page.html` and writes that beside the Rust code. */
function onePage(): Plugin {
  return {
    name: 'one-page',
    enforce: 'post',
    generateBundle(_, bundle) {
      let script = '';
      let style = '';
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk') script += file.code;
        else if (name.endsWith('.css')) style += file.source;
        delete bundle[name];
      }
      // Neither may end its element, open a comment or be taken for a gap to be filled.
      script = script.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      style = style.trim();
      if (/@@|<\//.test(style) || script.includes('@@')) throw new Error('the script or the style holds a marker of the page');
      const frame = readFileSync(here('page.html'), 'utf8');
      const page = frame.replace('@@style@@', () => style).replace('@@script@@', () => script);
      writeFileSync(process.env.HCDBT_PAGE ?? here('../assets/page.html'), page);
    },
  };
}

export default defineConfig({
  plugins: [onePage()],
  build: {
    target: 'es2022',
    outDir: here('node_modules/.build'),
    emptyOutDir: true,
    reportCompressedSize: false,
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: {
      input: here('src/main.tsx'),
      output: { format: 'iife', entryFileNames: 'page.js', assetFileNames: 'page[extname]' },
    },
  },
});
